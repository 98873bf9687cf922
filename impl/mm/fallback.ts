import type { Kernel } from "../../model/kernel.ts";
import { ALLOC_KSWAPD, ALLOC_NOFRAGMENT } from "./alloc-flags.ts";
import {
  buddyList,
  moveToFreeList,
  relabelBlocks,
  rmqueueSmallest,
  setTypeOfBlock,
  takeBlock,
  typeOfBlock,
} from "./buddy.ts";
import { zoneColumns } from "./columns.ts";
import {
  FALLBACKS,
  MIGRATE_HIGHATOMIC,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
  migratetypeOfFreetype,
  withMigratetype,
} from "./freetype.ts";
import { layoutOf } from "./mm-layout.ts";
import {
  blockContents,
  firstMovableFrom,
  moveFreepages,
  moveFreepagesBlock,
  prepMoveFreepagesBlock,
} from "./move-freepages.ts";

/** vm.watermark_boost_factor, in 1/10000 of the high watermark. */
const WATERMARK_BOOST_FACTOR = 15_000;

/**
 * Serves a request from the lists of another type: the largest block there is, claiming its whole pageblock where that is
 * worth it; a movable request that cannot claim takes the smallest block instead, since its page will not stay.
 *
 * - **Context**: zone lock held.
 * - **Shapes, units**: answers the head of a block of `order` that is off the lists, or -1.
 * - **Leaves out**: CMA as a fallback (rmqueue.ts).
 * - **Source**: `__rmqueue_fallback()` in mm/page_alloc.c, v6.1 and v6.12.
 */
export function rmqueueFallback(k: Kernel, zone: number, order: number, type: number, flags: number): number {
  const { pageblockOrder, maxOrder } = k.world.geometry;
  const wanted = migratetypeOfFreetype(k, type);
  const least = order < pageblockOrder && (flags & ALLOC_NOFRAGMENT) !== 0 ? pageblockOrder : order;
  for (let current = maxOrder; current >= least; current--) {
    const other = findSuitableFallback(k, zone, current, type, false);
    if (other < 0) continue;
    const claims = canStealFallback(k, current, wanted);
    if (!claims && wanted === MIGRATE_MOVABLE && current > order) return stealSmallest(k, zone, order, type, flags);
    return steal(k, zone, current, order, type, other, flags, claims);
  }
  return -1;
}

/**
 * find_suitable_fallback(): the type from whose list of this order a request of `type` would be served, or -1. With
 * `onlyStealable` only if the whole pageblock would come with it.
 */
export function findSuitableFallback(
  k: Kernel,
  zone: number,
  order: number,
  type: number,
  onlyStealable: boolean,
): number {
  const wanted = migratetypeOfFreetype(k, type);
  if (onlyStealable && !canStealFallback(k, order, wanted)) return -1;
  for (const migratetype of FALLBACKS[wanted] ?? []) {
    const other = withMigratetype(k, type, migratetype);
    if (k.lists.first(buddyList(k, zone, order, other)) >= 0) return other;
  }
  return -1;
}

/**
 * can_steal_fallback(): a block of this order brings its pageblock's other free pages along. Large blocks do; and always for
 * memory that cannot be moved, of which a page in a movable pageblock stays in the way.
 */
export function canStealFallback(k: Kernel, order: number, migratetype: number): boolean {
  return (
    order >= k.world.geometry.pageblockOrder >> 1 ||
    migratetype === MIGRATE_RECLAIMABLE ||
    migratetype === MIGRATE_UNMOVABLE
  );
}

/**
 * Raises the zone's watermarks by a pageblock, up to 1.5 times the high watermark, so that kswapd makes room and the next
 * request need not mix. Not in zones of less than four pageblocks.
 *
 * - **Source**: `boost_watermark()`.
 */
export function boostWatermark(k: Kernel, zone: number): boolean {
  const c = k.of(zoneColumns);
  const pageblock = 1 << k.world.geometry.pageblockOrder;
  if (pageblock * 4 > c.managed.get(zone)) return false;
  const limit = Math.floor((c.wmarkHigh.get(zone) * WATERMARK_BOOST_FACTOR) / 10_000);
  if (limit === 0) return false;
  c.boost.set(zone, Math.min(c.boost.get(zone) + pageblock, Math.max(pageblock, limit)));
  return true;
}

function stealSmallest(k: Kernel, zone: number, order: number, type: number, flags: number): number {
  for (let current = order; current <= k.world.geometry.maxOrder; current++) {
    const other = findSuitableFallback(k, zone, current, type, false);
    if (other < 0) continue;
    const claims = canStealFallback(k, current, migratetypeOfFreetype(k, type));
    return steal(k, zone, current, order, type, other, flags, claims);
  }
  return -1;
}

function steal(
  k: Kernel,
  zone: number,
  current: number,
  order: number,
  type: number,
  other: number,
  flags: number,
  claims: boolean,
): number {
  const found = k.lists.first(buddyList(k, zone, current, other));
  const { v61 } = layoutOf(k.world);
  let page = found;
  if (v61) stealAndList(k, zone, found, current, type, flags, claims);
  else page = stealAndTake(k, zone, found, current, order, type, flags, claims);
  const from = migratetypeOfFreetype(k, other);
  const wanted = migratetypeOfFreetype(k, type);
  k.tracepoints.extfrag?.(page, order, current, wanted, from, typeOfBlock(k, page) === type);
  // 6.1 serves the request from its own list, where the block now is.
  return v61 ? rmqueueSmallest(k, zone, order, type) : page;
}

/** steal_suitable_fallback() of 6.12: takes the block, or its pageblock and then a block of it. */
function stealAndTake(
  k: Kernel,
  zone: number,
  pfn: number,
  current: number,
  order: number,
  type: number,
  flags: number,
  claims: boolean,
): number {
  const { pageblockOrder } = k.world.geometry;
  const blockType = typeOfBlock(k, pfn);
  if (migratetypeOfFreetype(k, blockType) !== MIGRATE_HIGHATOMIC) {
    if (current >= pageblockOrder) {
      relabelBlocks(k, pfn, current, type);
      return takeBlock(k, pfn, current, order, blockType, type);
    }
    noteMixing(k, zone, flags);
    if (claims && claimBlock(k, zone, pfn, blockType, type)) return rmqueueSmallest(k, zone, order, type);
  }
  return takeBlock(k, pfn, current, order, blockType);
}

/** Claims a pageblock of which at least half is free or as hard to move as the request. */
function claimBlock(k: Kernel, zone: number, pfn: number, blockType: number, type: number): boolean {
  const start = prepMoveFreepagesBlock(k, zone, pfn);
  if (start < 0) return false;
  const { free, movable } = blockContents(k, start);
  if (!isWorthClaiming(k, free, movable, blockType, type)) return false;
  moveFreepagesBlock(k, zone, start, blockType, type);
  return true;
}

/**
 * steal_suitable_fallback() of 6.1: puts the block, or its pageblock's free pages, on the lists of the type; the label
 * follows only if that is worth it.
 */
function stealAndList(
  k: Kernel,
  zone: number,
  pfn: number,
  current: number,
  type: number,
  flags: number,
  claims: boolean,
): void {
  const blockType = typeOfBlock(k, pfn);
  if (migratetypeOfFreetype(k, blockType) !== MIGRATE_HIGHATOMIC) {
    if (current >= k.world.geometry.pageblockOrder) relabelBlocks(k, pfn, current, type);
    else {
      noteMixing(k, zone, flags);
      const start = claims ? firstMovableFrom(k, zone, pfn) : -1;
      if (start >= 0) {
        const { free, movable } = blockContents(k, start);
        moveFreepages(k, start, blockType, type);
        if (isWorthClaiming(k, free, movable, blockType, type)) setTypeOfBlock(k, pfn, type);
        return;
      }
    }
  }
  moveToFreeList(k, pfn, blockType, type);
}

function noteMixing(k: Kernel, zone: number, flags: number): void {
  if (boostWatermark(k, zone) && (flags & ALLOC_KSWAPD) !== 0) k.of(zoneColumns).boosted.set(zone, 1);
}

/**
 * Half of the pageblock is free or of the request's kind. For movable requests its kind is what can be moved. For others it
 * is what cannot, if the block was movable; between the two unmovable kinds nobody can tell.
 */
function isWorthClaiming(k: Kernel, free: number, movable: number, blockType: number, type: number): boolean {
  const size = 1 << k.world.geometry.pageblockOrder;
  let alike = 0;
  if (migratetypeOfFreetype(k, type) === MIGRATE_MOVABLE) alike = movable;
  else if (migratetypeOfFreetype(k, blockType) === MIGRATE_MOVABLE) alike = size - (free + movable);
  return free + alike >= size / 2;
}
