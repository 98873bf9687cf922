import type { Kernel } from "../../../model/kernel.ts";
import { VM } from "../../../model/vm-events.ts";
import { buddyOrder, typeOfBlock } from "../buddy.ts";
import { acRow } from "../columns.ts";
import { MIGRATE_CMA, MIGRATE_MOVABLE, migratetypeOfFreetype } from "../freetype.ts";
import { isolateFreePage } from "../isolation/isolate-free-page.ts";
import { countEvent } from "../vm-count.ts";
import { CC_IGNORE_BLOCK_SUITABLE, ccColumns } from "./columns.ts";
import { blockEnd, blockStart, isolationSuitable, updatePageblockSkip, zoneEndOf, zoneStartOf } from "./positions.ts";

/** Pages that a scanner looks at under one hold of a lock. */
export const COMPACT_CLUSTER_MAX = 32;

/**
 * The free scanner: takes free blocks off the buddy lists, from the zone's end downwards, to move pages into.
 *
 * What it has taken waits on the compactor's own lists, one per order (kind `compaction`).
 *
 * - **Context**: zone lock held for one cluster of pages at a time.
 * - **Leaves out**: the search of the free lists before the scan (`fast_isolate_freepages`), and the strides by which an
 *   asynchronous scan passes over pageblocks in which it finds nothing.
 * - **Source**: `isolate_freepages()`, `isolate_freepages_block()`, `suitable_migration_target()`, `compaction_alloc()`.
 */
export type FreeScan = "enough" | "more" | "exhausted";

/** Moves to the next pageblock worth scanning; false when the scanners have met. Without the lock. */
export function findTargetBlock(k: Kernel): boolean {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const zone = cc.zone.get(row);
  for (;;) {
    const at = cc.freePfn.get(row) - 1;
    if (at < 0 || blockStart(k, at) < lowest(k)) return false;
    const start = blockStart(k, at);
    // A position inside a pageblock is where the scan of it was left.
    if (start >= zoneStartOf(k, zone) && (at !== start || isTarget(k, start))) return true;
    if (!toBlockBelow(k, start)) return false;
  }
}

/** Takes what is free among the next pages of the block that the scanner is at. **Context**: zone lock held. */
export function isolateFreepages(k: Kernel): FreeScan {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const from = cc.freePfn.get(row) - 1;
  const start = blockStart(k, from);
  const blockEndPfn = Math.min(blockEnd(k, from), zoneEndOf(k, cc.zone.get(row)));
  const end = Math.min(blockEndPfn, (from & -COMPACT_CLUSTER_MAX) + COMPACT_CLUSTER_MAX);
  let pfn = from;
  let scanned = 0;
  let taken = 0;
  let enough = false;
  while (pfn < end && !enough) {
    scanned++;
    const pages = takeTarget(k, pfn);
    if (pages === NO_ROOM) break;
    taken += pages;
    scanned += Math.max(pages - 1, 0);
    pfn += Math.max(pages, 1);
    enough = pages > 0 && freePagesHeld(k) >= migratePagesHeld(k);
  }
  cc.freeScanned.set(row, cc.freeScanned.get(row) + scanned);
  countEvent(k, VM.compact_isolated, taken);
  if (pfn >= blockEndPfn) {
    updatePageblockSkip(k, start, start - (1 << k.world.geometry.pageblockOrder));
    if (!toBlockBelow(k, start)) return enough ? "enough" : "exhausted";
  } else cc.freePfn.set(row, pfn + 1);
  if (enough) return "enough";
  return pfn < end ? "exhausted" : "more";
}

/** A free block for a page of this order from the compactor's lists, split to size; -1 when there is none. */
export function takeCompactionPage(k: Kernel, order: number): number {
  const { maxOrder } = k.world.geometry;
  for (let at = order; at <= maxOrder; at++) {
    const list = compactionList(k, at);
    const pfn = k.lists.first(list);
    if (pfn < 0) continue;
    k.lists.remove(list, pfn);
    for (let half = at - 1; half >= order; half--) k.lists.addHead(compactionList(k, half), pfn + (1 << half), half);
    return pfn;
  }
  return -1;
}

/** Any block left on the compactor's lists, taken off them, smallest first; -1 when there is none. `order` of it is in the list it was on. */
export function releaseCompactionPage(k: Kernel): { readonly pfn: number; readonly order: number } | undefined {
  for (let order = 0; order <= k.world.geometry.maxOrder; order++) {
    const pfn = k.lists.first(compactionList(k, order));
    if (pfn < 0) continue;
    k.lists.remove(compactionList(k, order), pfn);
    return { pfn, order };
  }
  return undefined;
}

export function freePagesHeld(k: Kernel): number {
  let pages = 0;
  for (let order = 0; order <= k.world.geometry.maxOrder; order++)
    pages += k.lists.length(compactionList(k, order)) << order;
  return pages;
}

/** Pages that wait to be moved. */
export function migratePagesHeld(k: Kernel): number {
  return k.of(ccColumns).held.get(acRow(k));
}

/** The scanners have met: the free scanner may go no lower than the pageblock that the other is in. */
export function scannersMet(k: Kernel): boolean {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const { pageblockOrder } = k.world.geometry;
  const free = cc.freePfn.get(row) - 1;
  return free < 0 || free >> pageblockOrder <= (cc.migratePfn.get(row) - 1) >> pageblockOrder;
}

const NO_ROOM = -1;

/** Pages of the free block at `pfn`, taken; 0 if it is not one, NO_ROOM where taking it would break the min watermark. */
function takeTarget(k: Kernel, pfn: number): number {
  if (buddyOrder(k, pfn) < 0) return 0;
  const order = isolateFreePage(k, pfn);
  if (order < 0) return NO_ROOM;
  k.lists.addTail(compactionList(k, order), pfn, order);
  return 1 << order;
}

/** Not a block that is large enough already, and one in which movable pages belong, unless the need is great. */
function isTarget(k: Kernel, block: number): boolean {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const order = cc.order.get(row) > 1 ? cc.order.get(row) - 1 : k.world.geometry.pageblockOrder;
  if (buddyOrder(k, block) >= order) return false;
  if ((cc.flags.get(row) & CC_IGNORE_BLOCK_SUITABLE) === 0) {
    const type = migratetypeOfFreetype(k, typeOfBlock(k, block));
    if (type !== MIGRATE_MOVABLE && type !== MIGRATE_CMA) return false;
  }
  return isolationSuitable(k, block);
}

/** pageblock_end_pfn(migrate_pfn): the free scanner stays above the pageblock of the other. */
function lowest(k: Kernel): number {
  return blockEnd(k, k.of(ccColumns).migratePfn.get(acRow(k)) - 1);
}

/** False when there is no pageblock below: the zone begins here. */
function toBlockBelow(k: Kernel, start: number): boolean {
  const below = start - (1 << k.world.geometry.pageblockOrder);
  k.of(ccColumns).freePfn.set(acRow(k), Math.max(below, -1) + 1);
  return below >= 0;
}

function compactionList(k: Kernel, order: number): number {
  return k.listOf("compaction", acRow(k) * (k.world.geometry.maxOrder + 1) + order);
}
