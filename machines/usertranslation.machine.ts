import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * What one CPU holds under one context of a slot for a page's *user* alias: an entry filled from the tables of the mm that
 * had the slot at the time.
 *
 *     absent ──fill──▶ held ──drop──▶ absent
 *
 * Unlike the physmap, which all restricted tables share, a user mapping is in one mm's tables alone. So what a CPU may hold
 * depends on who had the slot when, and a store to the leaf cannot decide it: the attacker's `walk` does, step by step, with
 * the slot, the owner's tables and the mode as witnesses. `held` outlives all three.
 *
 * `drop` is an invalidation, executed or owed: what cannot be used before it is invalidated counts as not held. There is no
 * eviction, since forgetting helps no proof.
 *
 * The missing edge: `held` has no `confirm`, which `free` asks of every CPU and context.
 */
export const usertranslationMachine = createMachine({
  id: "usertranslation",
  initial: "absent",
  states: {
    absent: {
      description: "The CPU holds no user translation to the page under this context that it could use.",
      on: { fill: "held", confirm: "absent" },
    },
    held: {
      description: "The CPU may use a user translation to the page whenever this context is loaded, by whichever mm.",
      on: { drop: "absent", read: "held" },
    },
  },
});

export const usertranslationMissing: readonly MissingEdge[] = [
  {
    chart: "usertranslation",
    from: "held",
    event: "confirm",
    to: "held",
    guards: "S8",
    because: "A page freed before its user translations are gone is handed on under the last owner's eyes.",
  },
];
