import type { Kernel } from "../../model/kernel.ts";
import { ALLOC_CMA, ALLOC_HIGHATOMIC, ALLOC_NON_BLOCK, ALLOC_OOM } from "./alloc-flags.ts";
import { rmqueueSmallest } from "./buddy.ts";
import { zoneColumns } from "./columns.ts";
import { rmqueueFallback } from "./fallback.ts";
import { freePagesSeen } from "./free-accounting.ts";
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, withMigratetype } from "./freetype.ts";

/**
 * Takes a block of `order` and `type`, splitting the smallest that fits, then from CMA, then from other types. Movable
 * requests take from CMA first while more than half of what is free lies there.
 *
 * - **Context**: zone lock held.
 * - **Shapes, units**: `flags` are ALLOC_*; answers a pfn, -1 if there is none.
 * - **Source**: `__rmqueue()` in mm/page_alloc.c.
 */
export function rmqueue(k: Kernel, zone: number, order: number, type: number, flags = 0): number {
  if (k.world.whole === undefined) return rmqueueSmallest(k, zone, order, type);
  const cma = (flags & ALLOC_CMA) !== 0 && k.of(zoneColumns).nrFreeCma.get(zone) > 0;
  if (cma && k.of(zoneColumns).nrFreeCma.get(zone) > freePagesSeen(k, zone) >> 1) {
    const pfn = rmqueueSmallest(k, zone, order, withMigratetype(k, type, MIGRATE_CMA));
    if (pfn >= 0) return pfn;
  }
  let pfn = rmqueueSmallest(k, zone, order, type);
  if (pfn < 0 && cma) pfn = rmqueueSmallest(k, zone, order, withMigratetype(k, type, MIGRATE_CMA));
  return pfn >= 0 ? pfn : rmqueueFallback(k, zone, order, type, flags);
}

/**
 * A request that goes past the per-CPU lists: high-order atomic ones take from their reserve first; others that may not fail
 * or cannot wait take from it last.
 *
 * - **Source**: `rmqueue_buddy()` in mm/page_alloc.c.
 */
export function rmqueueBuddy(k: Kernel, zone: number, order: number, type: number, flags: number): number {
  const reserve = withMigratetype(k, type, MIGRATE_HIGHATOMIC);
  if ((flags & ALLOC_HIGHATOMIC) !== 0) {
    const pfn = rmqueueSmallest(k, zone, order, reserve);
    if (pfn >= 0) return pfn;
  }
  const pfn = rmqueue(k, zone, order, type, flags);
  if (pfn >= 0 || (flags & (ALLOC_OOM | ALLOC_NON_BLOCK)) === 0) return pfn;
  return rmqueueSmallest(k, zone, order, reserve);
}
