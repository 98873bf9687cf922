import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { ALLOC_CMA, ALLOC_WMARK_MASK } from "../alloc-flags.ts";
import { buddyList } from "../buddy.ts";
import { mmColumns } from "../columns.ts";
import { freePagesSeen } from "../free-accounting.ts";
import { zoneReclaimablePages } from "../reclaim/lru.ts";
import { lowWmark, minWmark, WATERMARK_COLUMNS, wmarkPages, zoneWatermarkOk } from "../watermark.ts";
import { nextZoneref } from "../zonelist.ts";
import { COMPACT_CONTINUE, COMPACT_SKIPPED, COMPACT_SUCCESS } from "./columns.ts";

/**
 * Whether compacting a zone can be worth its while: enough free pages to move others into, and fragmentation to blame.
 *
 * - **Shapes, units**: pages; lock-free reads.
 * - **Source**: mm/compaction.c, mm/vmstat.c; the same in v6.1 and v6.12 up to the place of the first test.
 */

/** Index below which an allocation is taken to fail for lack of memory rather than for fragmentation, of 1000. */
const EXTFRAG_THRESHOLD = 500;

/** Columns that these questions read. */
export const SUITABLE_COLUMNS = [
  ...WATERMARK_COLUMNS,
  "list.length",
  "lru.zoneInactiveAnon",
  "lru.zoneActiveAnon",
  "lru.zoneInactiveFile",
  "lru.zoneActiveFile",
  "lru.swapUsed",
] as const;

/** Compaction needs room: twice what it is to make, since both scanners hold pages. */
export function compactGap(order: number): number {
  return 2 << order;
}

/** `gfp_compaction_allowed()`: moving a page may mean waiting for its write. */
export function compactionAllowed(gfp: number): boolean {
  return (gfp & GFP.IO) !== 0;
}

/** `compaction_suitable()`. */
export function compactionSuitable(k: Kernel, zone: number, order: number, highest: number): boolean {
  if (!hasRoom(k, zone, order, highest, freePagesSeen(k, zone))) return false;
  if (order <= k.world.geometry.costlyOrder) return true;
  const index = fragmentationIndex(k, zone, order);
  return index < 0 || index > EXTFRAG_THRESHOLD;
}

/** `compaction_suit_allocation_order()`: CONTINUE when compacting is the thing to do. */
export function suitAllocationOrder(k: Kernel, zone: number, order: number, highest: number, flags: number): number {
  const mark = wmarkPages(k, zone, flags & ALLOC_WMARK_MASK);
  if (zoneWatermarkOk(k, zone, order, mark, highest, flags)) return COMPACT_SUCCESS;
  return compactionSuitable(k, zone, order, highest) ? COMPACT_CONTINUE : COMPACT_SKIPPED;
}

/** `compaction_zonelist_suitable()`: it would be, somewhere, once reclaim has done what it can. */
export function compactionZonelistSuitable(
  k: Kernel,
  zonelist: readonly number[],
  order: number,
  highest: number,
): boolean {
  for (
    let at = nextZoneref(k, zonelist, 0, highest);
    at < zonelist.length;
    at = nextZoneref(k, zonelist, at + 1, highest)
  ) {
    const zone = zonelist[at] as number;
    const available = Math.floor(zoneReclaimablePages(k, zone) / order) + k.of(mmColumns).nrFree.get(zone);
    if (hasRoom(k, zone, order, highest, available)) return true;
  }
  return false;
}

/** Order-0 pages above the mark to serve as targets. */
function hasRoom(k: Kernel, zone: number, order: number, highest: number, free: number): boolean {
  const mark = order > k.world.geometry.costlyOrder ? lowWmark(k, zone) : minWmark(k, zone);
  return zoneWatermarkOk(k, zone, 0, mark + compactGap(order), highest, ALLOC_CMA, free);
}

/** `fragmentation_index()`: near 1000 when free memory is in small pieces, near 0 when there is little of it; -1000 when a block is free. */
export function fragmentationIndex(k: Kernel, zone: number, order: number): number {
  let blocks = 0;
  let pages = 0;
  for (let type = 0; type < k.world.freetypes; type++) {
    for (let at = 0; at <= k.world.geometry.maxOrder; at++) {
      const length = k.lists.length(buddyList(k, zone, at, type));
      blocks += length;
      pages += length * 2 ** at;
      if (at >= order && length > 0) return -1000;
    }
  }
  if (blocks === 0) return 0;
  return 1000 - Math.floor((1000 + Math.floor((pages * 1000) / 2 ** order)) / blocks);
}
