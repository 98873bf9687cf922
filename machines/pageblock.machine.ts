import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * A pageblock's label: what its pages may be used for, and whether somebody is changing that.
 *
 *     sensitive ──beginUp──▶ flipping-up ──finishUp──▶ nonsensitive
 *         ▲                                                │
 *         └──finishDown── flipping-down ◀──beginDown───────┘
 *
 * A flip takes the whole block, all of it free, and changes the label last: down only when every page is discharged
 * (after the acknowledgements), up only when every page is zeroed and its leaf set. Nobody allocates from the block
 * meanwhile, and nobody else flips it.
 *
 * The missing edges: a flipping block has no second `begin…` and serves nobody; each label serves its own kind alone.
 */
export const pageblockMachine = createMachine({
  id: "pageblock",
  initial: "sensitive",
  states: {
    sensitive: {
      description: "Every page is unmapped and discharged; sensitive requests are served from here.",
      on: { beginUp: "flipping-up", serveSensitive: "sensitive" },
    },
    "flipping-up": {
      description: "One CPU has the whole block, all of it free, and zeroes and maps its pages.",
      on: { finishUp: "nonsensitive", setLeaf: "flipping-up" },
    },
    nonsensitive: {
      description: "No page of it holds a secret; nonsensitive requests are served from here.",
      on: { beginDown: "flipping-down", serveNonsensitive: "nonsensitive", setLeaf: "nonsensitive" },
    },
    "flipping-down": {
      description: "One CPU has the whole block, all of it free, and unmaps and flushes its pages.",
      on: { finishDown: "sensitive" },
    },
  },
});

/** Does a CPU flip the block? `idle ──begin──▶ flipping ──finish──▶ idle`. */
export const flipperMachine = createMachine({
  id: "flipper",
  initial: "idle",
  states: {
    idle: { description: "The CPU flips nothing.", on: { begin: "flipping" } },
    flipping: { description: "The CPU has the block in its hands.", on: { finish: "idle" } },
  },
});

/** Questions that a flip asks of each page, with the states that answer; the page chart of a scope with labels has them. */
export const FLIP_QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  confirmFree: ["free-unmapped", "free-mapped", "pending-flush"],
  confirmDischarged: ["free-unmapped"],
  confirmMapped: ["free-mapped"],
};

export const pageblockMissing: readonly MissingEdge[] = [
  missing("flipping-down", "beginDown", "flipping-down", "S12", "Two CPUs finish the same flip, each with half of it."),
  missing("flipping-up", "beginUp", "flipping-up", "S12", "Two CPUs finish the same flip, each with half of it."),
  missing(
    "flipping-down",
    "serveNonsensitive",
    "flipping-down",
    "S12",
    "A page is handed out and flipped under its owner.",
  ),
  missing(
    "flipping-up",
    "serveSensitive",
    "flipping-up",
    "S12",
    "A secret is written into a page that is being mapped.",
  ),
  missing(
    "sensitive",
    "serveNonsensitive",
    "sensitive",
    "S6",
    "A mapped page lies in a block that is taken for unmapped.",
  ),
  missing(
    "nonsensitive",
    "serveSensitive",
    "nonsensitive",
    "S6",
    "A secret lies in a block that is taken for harmless.",
  ),
  {
    chart: "page",
    from: "pending-flush",
    event: "confirmDischarged",
    to: "pending-flush",
    guards: "S6",
    because: "The label is written before the acknowledgements, and the next sensitive request believes it.",
  },
  {
    chart: "page",
    from: "free-unmapped",
    event: "confirmMapped",
    to: "free-unmapped",
    guards: "S6",
    because: "The label is written before the page is zeroed and mapped: old secrets count as harmless.",
  },
];

function missing(from: string, event: string, to: string, guards: string, because: string): MissingEdge {
  return { chart: "pageblock", from, event, to, guards, because };
}
