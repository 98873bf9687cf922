import { type AnyStateMachine, createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * One 2M region of the protected physmap: mapped by a single leaf, or by a table of 4K leaves.
 *
 *     leaf ──clearLeaf──▶ splitting ──setTable──▶ table
 *       ▲                                            │
 *     setLeaf                                   clearTable
 *       │                                            ▼
 *     bare ◀───────────────freeTable───────────── merging
 *
 * Both ways round it is *clear, flush, set*: a CPU must never find two sizes for one address. On the way back a second
 * reason joins: the table is a page, and a CPU may still walk through it by what its paging-structure cache remembers of
 * the upper entry. `setTable` and `freeTable` therefore ask every CPU, lazy ones included.
 *
 * The missing edge: `merging` has no `setLeaf`.
 *
 * - **Source**: `__split_large_page()` in arch/x86/mm/pat/set_memory.c; Intel SDM, volume 3, section 4.10.
 */
export const physmapMachine = createMachine({
  id: "physmap",
  initial: "leaf",
  states: {
    leaf: {
      description: "One 2M leaf maps the region; there is no table.",
      on: { clearLeaf: "splitting" },
    },
    splitting: {
      description: "The 2M leaf is clear, and some CPU may still use it; nothing else is set.",
      on: { setTable: "table" },
    },
    table: {
      description: "A table of 4K leaves maps the region; no CPU can use the 2M leaf.",
      on: { clearTable: "merging" },
    },
    merging: {
      description: "The entry that led to the table is clear, and some CPU may still walk through it.",
      on: { freeTable: "bare" },
    },
    bare: {
      description: "Nothing maps the region; the table's frame is free, and no CPU can walk through it.",
      on: { setLeaf: "leaf" },
    },
  },
});

/** What one CPU may hold of a region's 2M leaf. At boot the leaf is set. */
export const largeMachine = mayHold("large", "cached", "the 2M leaf");

/** What one CPU may hold of the entry that leads to a region's table, in a TLB or a paging-structure cache. */
export const structureMachine = mayHold("structure", "absent", "the entry to the table, or what it leads to");

export const physmapMissing: readonly MissingEdge[] = [
  {
    chart: "physmap",
    from: "merging",
    event: "setLeaf",
    to: "leaf",
    guards: "S25",
    because: "A CPU that still holds 4K translations meets a 2M leaf for the same address.",
  },
  {
    chart: "large",
    from: "stale",
    event: "confirm",
    to: "stale",
    guards: "S25",
    because: "A table set before the flush leaves two sizes for one address.",
  },
  {
    chart: "structure",
    from: "stale",
    event: "confirm",
    to: "stale",
    guards: "S24",
    because: "The table's frame is reused while a CPU takes its content for page-table entries.",
  },
];

/**
 *     absent ──set──▶ cached ──clear──▶ stale ──invalidate──▶ absent
 *
 * A translation chart without contexts: the region is in the part that all of them share. Missing: `stale.confirm`.
 */
function mayHold(id: string, initial: string, what: string): AnyStateMachine {
  return createMachine({
    id,
    initial,
    states: {
      absent: {
        description: `Not set, and the CPU cannot hold ${what}.`,
        on: { set: "cached", confirm: "absent" },
      },
      cached: { description: `Set, and the CPU may hold ${what}.`, on: { clear: "stale" } },
      stale: {
        description: `Cleared, and the CPU may still hold or be walking ${what}.`,
        on: { set: "cached", invalidate: "absent" },
      },
    },
  });
}
