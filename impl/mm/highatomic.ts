import type { Kernel } from "../../model/kernel.ts";
import { buddyList, moveToFreeList, relabelBlocks, setTypeOfBlock, typeOfBlock } from "./buddy.ts";
import { zoneColumns } from "./columns.ts";
import { isMergeable, MIGRATE_HIGHATOMIC, migratetypeOfFreetype, withMigratetype } from "./freetype.ts";
import { layoutOf } from "./mm-layout.ts";
import { moveFreepagesBlock } from "./move-freepages.ts";

/**
 * The reserve for high-order atomic requests: pageblocks in which one was served and from which others take only in need.
 *
 * - **Shapes, units**: pages; `type` and blocks as in buddy.ts.
 * - **Source**: `reserve_highatomic_pageblock()`, `unreserve_highatomic_pageblock()` in mm/page_alloc.c, v6.1 and v6.12.
 */

/** A racy test without the lock, and again under it: the zone's reserve has not reached its limit. */
export function mayReserveHighatomic(k: Kernel, zone: number): boolean {
  const c = k.of(zoneColumns);
  const limit = highatomicLimit(k, c.managed.get(zone));
  return limit > 0 && c.nrReservedHighatomic.get(zone) < limit;
}

/** Pages: a hundredth of the zone, plus a pageblock (6.1), or in whole pageblocks, none in a small zone (6.12). */
export function highatomicLimit(k: Kernel, managed: number): number {
  const pageblock = 1 << k.world.geometry.pageblockOrder;
  const hundredth = Math.floor(managed / 100);
  if (layoutOf(k.world).v61) return hundredth + pageblock;
  return hundredth < pageblock ? 0 : Math.ceil(hundredth / pageblock) * pageblock;
}

/** Reserves the pageblock around a block just served. **Context**: zone lock held. */
export function reserveHighatomic(k: Kernel, zone: number, pfn: number, order: number): void {
  if (!mayReserveHighatomic(k, zone)) return;
  const { pageblockOrder } = k.world.geometry;
  const old = typeOfBlock(k, pfn);
  if (!isMergeable(k, old)) return;
  const reserve = withMigratetype(k, old, MIGRATE_HIGHATOMIC);
  if (layoutOf(k.world).v61) {
    setTypeOfBlock(k, pfn, reserve);
    moveFreepagesBlock(k, zone, pfn, old, reserve);
    count(k, zone, 1 << pageblockOrder);
  } else if (order < pageblockOrder) {
    if (moveFreepagesBlock(k, zone, pfn, old, reserve) >= 0) count(k, zone, 1 << pageblockOrder);
  } else {
    relabelBlocks(k, pfn, order, reserve);
    count(k, zone, 1 << order);
  }
}

/** Whether a zone's reserve is worth looking at: more than a pageblock, or anything if the caller is desperate. */
export function mayUnreserveHighatomic(k: Kernel, zone: number, force: boolean): boolean {
  return force || k.of(zoneColumns).nrReservedHighatomic.get(zone) > 1 << k.world.geometry.pageblockOrder;
}

/** Gives a reserved pageblock with free pages to `type`; false if the zone has none. **Context**: zone lock held. */
export function unreserveHighatomic(k: Kernel, zone: number, type: number): boolean {
  const reserve = withMigratetype(k, type, MIGRATE_HIGHATOMIC);
  for (let order = 0; order <= k.world.geometry.maxOrder; order++) {
    const pfn = k.lists.first(buddyList(k, zone, order, reserve));
    if (pfn >= 0 && convert(k, zone, pfn, order, type)) return true;
  }
  return false;
}

function convert(k: Kernel, zone: number, pfn: number, order: number, type: number): boolean {
  const { pageblockOrder } = k.world.geometry;
  const old = typeOfBlock(k, pfn);
  const { v61 } = layoutOf(k.world);
  // The label may have changed since the page came to this list (6.1); then the reserve was counted down before.
  if (migratetypeOfFreetype(k, old) === MIGRATE_HIGHATOMIC) {
    const size = v61 ? 1 << pageblockOrder : Math.max(1 << pageblockOrder, 1 << order);
    count(k, zone, -Math.min(size, k.of(zoneColumns).nrReservedHighatomic.get(zone)));
  }
  if (v61) {
    setTypeOfBlock(k, pfn, type);
    return moveFreepagesBlock(k, zone, pfn, old, type) > 0;
  }
  if (order < pageblockOrder) return moveFreepagesBlock(k, zone, pfn, old, type) > 0;
  moveToFreeList(k, pfn, old, type);
  relabelBlocks(k, pfn, order, type);
  return true;
}

function count(k: Kernel, zone: number, pages: number): void {
  const { nrReservedHighatomic } = k.of(zoneColumns);
  nrReservedHighatomic.set(zone, nrReservedHighatomic.get(zone) + pages);
}
