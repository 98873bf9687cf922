import { defineColumns } from "../../model/column.ts";

/** The page allocator's own state: what mm/ keeps in `struct page`, `struct zone` and the pageblock bitmap. */
export const mmColumns = defineColumns("mm", {
  /** PageBuddy and its order, + 1, at the head of a free buddy block. */
  buddy: { sort: "order", owner: "mm", per: ["page"], link: true },
  /** The pageblock's freetype. */
  blockType: { sort: "freetype", owner: "mm", per: ["block"] },
  nrFree: { sort: "count", owner: "mm", per: [], max: (w) => w.pages * 2 },
  /** Pages on a CPU's pcplists, all lists together. */
  pcpCount: { sort: "count", owner: "mm", per: ["cpu"], max: (w) => w.pages * 2 },
});

/** Lock indices: the zone's lock, then one per CPU for its pcplists. */
export const ZONE_LOCK = 0;

export function pcpLock(cpu: number): number {
  return 1 + cpu;
}

/** List kinds in the order of the world's layout. */
export const KIND_BUDDY = 0;
export const KIND_PCP = 1;
/** First list kind of the design's own. */
export const KIND_DESIGN = 2;
