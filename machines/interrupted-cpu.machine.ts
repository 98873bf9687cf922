import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * The cpu chart where interrupts are steps of their own: the same windows, and nothing of the critical section.
 *
 *     unrestricted ──announce──▶ entering ──enter──▶ restricted
 *          ▲                         │                   │
 *          └──settle── leaving ◀─────┴───────exit────────┘
 *
 * Whether a critical section is running (tense) or not (relaxed) is told by `section.machine.ts`; who is running, by
 * `nest.machine.ts`; what the return from an interrupt will restore, by `target.machine.ts`. The four together take the
 * place of `cpu.machine.ts`, whose `exit` may happen at any time for no reason.
 *
 * The missing edges, beside those of `cpu.machine.ts`: `unrestricted` and `leaving` have no `confirmRestricted`, which the
 * return into a critical section asks. In `leaving`, `curr_asi` still names the context: whoever compares only that with
 * the target takes the CPU to be inside, and returns.
 */
export const interruptedCpuMachine = createMachine({
  id: "cpu",
  initial: "unrestricted",
  states: {
    unrestricted: {
      description: "CR3 and curr_asi agree: the context is not loaded and nobody believes that it is.",
      on: { announce: "entering", exit: "unrestricted", confirmUnrestricted: "unrestricted" },
    },
    entering: {
      description:
        "Here curr_asi names the context and CR3 does not hold it yet; an interrupt now knows that it must undo.",
      on: { enter: "restricted", exit: "leaving", confirmEntering: "entering" },
    },
    restricted: {
      description: "The context is loaded.",
      on: { exit: "leaving", read: "restricted", confirmRestricted: "restricted" },
    },
    leaving: {
      description: "CR3 has left the context, curr_asi still names it.",
      on: { settle: "unrestricted", exit: "leaving" },
    },
  },
});

export const interruptedCpuMissing: readonly MissingEdge[] = [
  {
    chart: "cpu",
    from: "restricted",
    event: "settle",
    to: "unrestricted",
    guards: "S21",
    because: "An IPI filter that asks curr_asi skips a CPU that still walks the restricted tables.",
    policy: "flush",
  },
  {
    chart: "cpu",
    from: "restricted",
    event: "confirmUnrestricted",
    to: "restricted",
    guards: "S19",
    because: "An invalidation owed at the next load does not help against a context that is loaded now.",
    policy: "generations",
  },
  {
    chart: "cpu",
    from: "unrestricted",
    event: "confirmRestricted",
    to: "unrestricted",
    guards: "S22",
    because:
      "An interrupt that left the context returns into the middle of a critical section and does not restore it.",
  },
  {
    chart: "cpu",
    from: "leaving",
    event: "confirmRestricted",
    to: "leaving",
    guards: "S22",
    because: "The epilogue finds its target in curr_asi, which is cleared only after CR3, and believes it is inside.",
  },
];
