import { GFP_V6_1 } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import {
  ALLOC_CMA,
  ALLOC_HIGHATOMIC,
  ALLOC_MIN_RESERVE,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  ALLOC_RESERVES,
  ALLOC_WMARK_HIGH,
  ALLOC_WMARK_LOW,
  ALLOC_WMARK_MASK,
  ALLOC_WMARK_MIN,
} from "./alloc-flags.ts";
import { buddyList } from "./buddy.ts";
import { mmColumns, zoneColumns } from "./columns.ts";
import { freePagesSeen } from "./free-accounting.ts";
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_PCPTYPES, MIGRATE_TYPES } from "./freetype.ts";
import { layoutOf } from "./mm-layout.ts";

/**
 * Watermark tests: racy reads, each inside one micro-step of its caller, never under a lock of their own.
 *
 * - **Shapes, units**: pages; `mark` includes the boost where the caller wants it; `highestZone` is the zone_idx() that the
 *   request may rise to; `flags` are ALLOC_*.
 * - **Source**: mm/page_alloc.c of 6.1 and 6.12.
 */

/** wmark_pages(): a watermark by its place in the flags (ALLOC_WMARK_MIN, _LOW, _HIGH), with the boost. */
export function wmarkPages(k: Kernel, zone: number, which: number): number {
  const c = k.of(zoneColumns);
  const column = which === ALLOC_WMARK_MIN ? c.wmarkMin : which === ALLOC_WMARK_LOW ? c.wmarkLow : c.wmarkHigh;
  return column.get(zone) + c.boost.get(zone);
}

export function minWmark(k: Kernel, zone: number): number {
  return wmarkPages(k, zone, ALLOC_WMARK_MIN);
}

export function lowWmark(k: Kernel, zone: number): number {
  return wmarkPages(k, zone, ALLOC_WMARK_LOW);
}

export function highWmark(k: Kernel, zone: number): number {
  return wmarkPages(k, zone, ALLOC_WMARK_HIGH);
}

/** lowmem_reserve[highestZone] of a zone: pages kept back from requests that could be served higher up. */
export function lowmemReserve(k: Kernel, zone: number, highestZone: number): number {
  return k.of(zoneColumns).lowmemReserve.get(zone * LOWMEM_TARGETS + highestZone);
}

/** Cells of lowmemReserve per zone. */
export const LOWMEM_TARGETS = 4;

/**
 * `__zone_watermark_ok()`: after the request the zone stays above the mark, and a block of the order is there.
 *
 * - **Shapes, units**: `free` is the free count to judge by, which may be behind the truth.
 */
export function zoneWatermarkOk(
  k: Kernel,
  zone: number,
  order: number,
  mark: number,
  highestZone: number,
  flags: number,
  free = freePagesSeen(k, zone),
): boolean {
  const usable = free - unusableFree(k, zone, order, flags);
  if (usable <= reserveMark(mark, flags) + lowmemReserve(k, zone, highestZone)) return false;
  return order === 0 || hasSuitableBlock(k, zone, order, flags);
}

/** `zone_watermark_ok_safe()`: sums up all CPUs' counts first where they could be off by more than the marks are apart. */
export function zoneWatermarkOkSafe(
  k: Kernel,
  zone: number,
  order: number,
  mark: number,
  highestZone: number,
): boolean {
  const drift = k.of(zoneColumns).driftMark.get(zone);
  const seen = freePagesSeen(k, zone);
  const free = drift !== 0 && seen < drift ? k.of(mmColumns).nrFree.get(zone) : seen;
  return zoneWatermarkOk(k, zone, order, mark, highestZone, 0, free);
}

/**
 * `zone_watermark_fast()`: the test of the allocation path. Requests that may use the min reserve also pass when only the
 * boost of the min watermark stands against them.
 */
export function zoneWatermarkFast(
  k: Kernel,
  zone: number,
  order: number,
  mark: number,
  highestZone: number,
  flags: number,
  gfp: number,
): boolean {
  const free = freePagesSeen(k, zone);
  if (order === 0) {
    const usable = free - Math.min(free, unusableFree(k, zone, 0, flags));
    if (usable > mark + lowmemReserve(k, zone, highestZone)) return true;
  }
  if (zoneWatermarkOk(k, zone, order, mark, highestZone, flags, free)) return true;
  const c = k.of(zoneColumns);
  if (order !== 0 || c.boost.get(zone) === 0 || (flags & ALLOC_WMARK_MASK) !== ALLOC_WMARK_MIN) return false;
  if (!ignoresBoost(k, flags, gfp)) return false;
  return zoneWatermarkOk(k, zone, 0, c.wmarkMin.get(zone), highestZone, flags, free);
}

/** Only 6.1 asks for the bit __GFP_ATOMIC here; 6.12, which has it no more, for the right to the min reserve. */
function ignoresBoost(k: Kernel, flags: number, gfp: number): boolean {
  return layoutOf(k.world).v61 ? (gfp & GFP_V6_1.ATOMIC_BIT) !== 0 : (flags & ALLOC_MIN_RESERVE) !== 0;
}

/**
 * Free pages that the request cannot have: the rest of its own block, the reserve for high-order atomic requests, CMA.
 *
 * 6.1 counts all pages of the reserved pageblocks, used or not; 6.12 only the free ones.
 */
function unusableFree(k: Kernel, zone: number, order: number, flags: number): number {
  const c = k.of(zoneColumns);
  let pages = 2 ** order - 1;
  if ((flags & ALLOC_RESERVES) === 0)
    pages += (layoutOf(k.world).v61 ? c.nrReservedHighatomic : c.nrFreeHighatomic).get(zone);
  if ((flags & ALLOC_CMA) === 0) pages += c.nrFreeCma.get(zone);
  return pages;
}

/** How far below the mark the flags let a request go: 1/2 of it left, 3/8 for atomic requests, half of that for OOM victims. */
function reserveMark(mark: number, flags: number): number {
  let min = mark;
  if ((flags & ALLOC_MIN_RESERVE) !== 0) {
    min -= min >> 1;
    if ((flags & ALLOC_NON_BLOCK) !== 0) min -= min >> 2;
  }
  return (flags & ALLOC_OOM) === 0 ? min : min - (min >> 1);
}

/** A free block of the order or larger on a list that the request may take from. */
function hasSuitableBlock(k: Kernel, zone: number, order: number, flags: number): boolean {
  const cma = (flags & ALLOC_CMA) !== 0;
  const highatomic = (flags & (ALLOC_HIGHATOMIC | ALLOC_OOM)) !== 0;
  const { freetypes } = k.world;
  for (let at = order; at <= k.world.geometry.maxOrder; at++) {
    for (let type = 0; type < freetypes; type++) {
      const migratetype = type % MIGRATE_TYPES;
      const allowed =
        migratetype < MIGRATE_PCPTYPES ||
        (migratetype === MIGRATE_CMA && cma) ||
        (migratetype === MIGRATE_HIGHATOMIC && highatomic);
      if (allowed && k.lists.first(buddyList(k, zone, at, type)) >= 0) return true;
    }
  }
  return false;
}

/** Columns that a watermark test reads. */
export const WATERMARK_COLUMNS = [
  "zone.wmarkMin",
  "zone.wmarkLow",
  "zone.wmarkHigh",
  "zone.boost",
  "zone.lowmemReserve",
  "zone.nrFreeSeen",
  "zone.driftMark",
  "zone.nrFreeHighatomic",
  "zone.nrReservedHighatomic",
  "zone.nrFreeCma",
  "mm.nrFree",
  "list.first",
] as const;
