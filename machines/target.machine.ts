import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * A task's `target`: the context that returns from interrupts put back.
 *
 *     null ──aim──▶ set ──relax──▶ null
 *
 * It is set before the switch. The missing edge: `null` has no `confirmSet`, which every switch asks. A switch made first
 * can be undone by an NMI before the target is written, and no epilogue would know that there is something to restore.
 *
 * - **Source**: `asi_enter()`, `asi_relax()`, ASI RFC v2.
 */
export const targetMachine = createMachine({
  id: "target",
  initial: "null",
  states: {
    null: {
      description: "No critical section: an exit is final.",
      on: { aim: "set", confirmNull: "null" },
    },
    set: {
      description: "A critical section has begun: whoever interrupts it restores the context before returning.",
      on: { relax: "null", confirmSet: "set" },
    },
  },
});

export const targetMissing: readonly MissingEdge[] = [
  {
    chart: "target",
    from: "null",
    event: "confirmSet",
    to: "null",
    guards: "S22",
    because: "An NMI between the switch and the store of the target exits, and the guest runs unrestricted.",
  },
];
