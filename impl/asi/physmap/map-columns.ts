import { defineColumns } from "../../../model/column.ts";
import type { World } from "../../../model/world.ts";
import { SPACE_COLUMNS } from "../touches.ts";

/** State of the restricted map's own: who changes leaf sizes. */
export const physmapColumns = defineColumns("physmap", {
  /** cpa_lock and pgd_lock in one: the CPU that changes the size of leaves or frees a table. */
  sizeLock: { sort: "cpu", owner: "design", per: [], link: true, when: tables },
});

function tables(w: World): boolean {
  return w.spaces?.tables === true;
}

/** Columns that storing or clearing a leaf of the restricted map reads or writes, with address spaces or without. */
export const LEAF_COLUMNS = [
  ...SPACE_COLUMNS,
  "tlb.entry",
  "tlb.clearedAt",
  "tlb.flushedAt",
  "tlb.pageFlushedAt",
  "tlb.epoch",
  "hw.mode",
  "physmap.sizeLock",
  // What an offline CPU holds is owed a flush, so that a table replaced is no longer walked there.
  "asi_core.offline",
] as const;

/** Locals of every program that maps or unmaps a range: the first page's link, log2 of pages, and how far it has come. */
export const LOCAL_PAGE = 1;
export const LOCAL_ORDER = 2;
export const LOCAL_AT = 3;

export const RANGE_LOCALS = [
  { name: "result", sort: "count" },
  { name: "page", sort: "pfn", link: true },
  { name: "order", sort: "order" },
  { name: "at", sort: "count" },
] as const;
