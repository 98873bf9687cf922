import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * One CPU's record of how far it has invalidated one context, against the newest generation.
 *
 *     behind ──invalidate──▶ invalidated ──record──▶ current
 *       ▲  ▲                     │                      │
 *       │  └────────bump─────────┘                      │
 *       └───────────────────bump────────────────────────┘
 *
 * A CR3 write with NOFLUSH asks for `current`; one without is what `invalidate` is. A record may lag behind the truth (one
 * invalidation too many) and never run ahead of it. Records are zero at boot: everything is behind.
 *
 * The missing edges: `behind` has no `record` and no `confirmCurrent`.
 *
 * - **Source**: `asi->tlb_gen` and `asi_context[].tlb_gen`, ASI RFC of 2022.
 */
export const generationMachine = createMachine({
  id: "generation",
  initial: "behind",
  states: {
    behind: {
      description:
        "A newer generation exists than the one recorded; the context is invalidated before it is next used.",
      on: { bump: "behind", invalidate: "invalidated" },
    },
    invalidated: {
      description: "The context was loaded with an invalidation, and the record does not say so yet.",
      on: { bump: "behind", record: "current" },
    },
    current: {
      description: "The record is the newest generation, and everything that it covers was invalidated.",
      on: { bump: "behind", confirmCurrent: "current" },
    },
  },
});

export const generationMissing: readonly MissingEdge[] = [
  {
    chart: "generation",
    from: "behind",
    event: "record",
    to: "current",
    guards: "S20",
    because: "A record that runs ahead of the invalidation cancels it.",
    policy: "generations",
  },
  {
    chart: "generation",
    from: "behind",
    event: "confirmCurrent",
    to: "behind",
    guards: "S19",
    because: "A context loaded with NOFLUSH while it is behind brings its stale translations back to life.",
    policy: "generations",
  },
];
