import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * Where a task stands between `asi_enter()` and `asi_relax()`: its program counter, as the claims need it.
 *
 *     outside ──call──▶ begun ──enter──▶ inside ──relax──▶ outside
 *
 * `enter` is the task's own switch, or its finding that an interrupt's epilogue has made it already. In `inside` the task
 * relies on being restricted and no longer looks.
 *
 * The missing edge: `inside` has no `confirmOutside`, which a task's own exit, a context switch and a shootdown ask.
 */
export const sectionMachine = createMachine({
  id: "section",
  initial: "outside",
  states: {
    outside: {
      description: "The task relies on nothing and may touch anything.",
      on: { call: "begun", confirmOutside: "outside" },
    },
    begun: {
      description: "The task is in asi_enter(), which has not returned.",
      on: { aim: "begun", enter: "inside", confirmBegun: "begun" },
    },
    inside: {
      description: "The critical section: asi_enter() has returned, and the task, or its guest, relies on it.",
      on: { relax: "outside" },
    },
  },
});

export const sectionMissing: readonly MissingEdge[] = [
  {
    chart: "section",
    from: "inside",
    event: "confirmOutside",
    to: "inside",
    guards: "S22",
    because: "A task that exits inside its own critical section runs the guest from the unrestricted map.",
  },
];
