import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * One CPU against one protected context: which address space it runs in, and what its `curr_asi` says of that.
 *
 *                      CR3 unrestricted                      CR3 restricted
 *
 *     curr_asi NULL    unrestricted ◀───────┐
 *                           │             settle
 *                       announce            │
 *                           ▼               │
 *     curr_asi set      entering ──exit─▶ leaving ◀──exit── restricted-tense ──relax──▶ restricted-relaxed
 *                           │               ▲                   ▲        ◀──tighten──      │
 *                           └───────────────┼───────enter───────┘                          │
 *                                           └─────────────────────exit─────────────────────┘
 *
 * `curr_asi` and CR3 are two variables and cannot change at once. On the way in `curr_asi` is first, on the way out it is
 * last, so that whoever interrupts and asks `curr_asi` never hears "unrestricted" from a CPU that is not: the two skewed
 * states lie on the harmless side.
 *
 * `exit` is the hardware's: an interrupt or NMI may run `asi_exit()` between any two instructions, so every state takes
 * it. A CPU boots unrestricted, with no context loaded.
 *
 * Where a scope has interrupts as steps of their own, `interrupted-cpu.machine.ts` takes this chart's place.
 *
 * The missing edge: the restricted states have no `settle`; `curr_asi` is not cleared before CR3 is written. Nor have they
 * `confirmUnrestricted`, which shootdowns ask of their initiator and obligations of a context that must not be loaded.
 *
 * - **Source**: `__asi_enter()`, `asi_exit()`, `asi_relax()` in arch/x86/mm/asi.c, ASI RFC v2.
 */
export const cpuMachine = createMachine({
  id: "cpu",
  initial: "unrestricted",
  states: {
    unrestricted: {
      description: "CR3 and curr_asi agree: the context is not loaded and nobody believes that it is.",
      on: {
        announce: "entering",
        exit: "unrestricted",
        confirmUnrestricted: "unrestricted",
      },
    },
    entering: {
      description:
        "Here curr_asi names the context and CR3 does not hold it yet; an interrupt now knows that it must undo.",
      on: { enter: "restricted-tense", exit: "leaving" },
    },
    "restricted-tense": {
      description: "The context is loaded and a critical section is running: returns from interrupts restore it.",
      on: { relax: "restricted-relaxed", exit: "leaving", read: "restricted-tense" },
    },
    "restricted-relaxed": {
      description: "The context is loaded, and nobody insists: the next exit is final.",
      on: { tighten: "restricted-tense", exit: "leaving", read: "restricted-relaxed" },
    },
    leaving: {
      description: "CR3 has left the context, curr_asi still names it.",
      on: { settle: "unrestricted", exit: "leaving" },
    },
  },
});

export const cpuMissing: readonly MissingEdge[] = [
  {
    chart: "cpu",
    from: "restricted-tense",
    event: "settle",
    to: "unrestricted",
    guards: "S21",
    because: "An IPI filter that asks curr_asi skips a CPU that still walks the restricted tables.",
    policy: "flush",
  },
  {
    chart: "cpu",
    from: "restricted-relaxed",
    event: "settle",
    to: "unrestricted",
    guards: "S21",
    because: "The same, without a critical section to bring the CPU back.",
    policy: "flush",
  },
  {
    chart: "cpu",
    from: "restricted-tense",
    event: "confirmUnrestricted",
    to: "restricted-tense",
    guards: "S19",
    because: "An invalidation owed at the next load does not help against a context that is loaded now.",
    policy: "generations",
  },
];
