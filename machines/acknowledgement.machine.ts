import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * What one target owes one initiator.
 *
 *     quiet ──send──▶ requested ──ack──▶ quiet
 *
 * `ack` is a vector with all of the target's translations: answering *is* having invalidated. Completing a shootdown asks
 * every target for `confirmQuiet`.
 *
 * The missing edge: `requested` has no `confirmQuiet`; a single CPU with interrupts off holds the shootdown open.
 */
export const acknowledgementMachine = createMachine({
  id: "acknowledgement",
  initial: "quiet",
  states: {
    quiet: {
      description: "The target was not asked, or has invalidated since it was.",
      on: { send: "requested", confirmQuiet: "quiet" },
    },
    requested: {
      description: "The request is under way or delivered; the target has not invalidated for it.",
      on: { ack: "quiet" },
    },
  },
});

export const acknowledgementMissing: readonly MissingEdge[] = [
  {
    chart: "acknowledgement",
    from: "requested",
    event: "confirmQuiet",
    to: "requested",
    guards: "S5",
    because: "A shootdown that does not wait for its last target is the classic missed flush.",
  },
];
