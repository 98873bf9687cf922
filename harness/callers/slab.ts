import { GFP } from "../../model/gfp.ts";
import { type CallerAnswer, firstThatSucceeds, type TryAlloc } from "./retry.ts";

/**
 * A slab cache that needs a new slab. `order` is the one it prefers, `minOrder` the one that one object needs.
 *
 * - **gfp**: what its caller asked for; a cache of reclaimable objects adds `__GFP_RECLAIMABLE` to it.
 */
export interface SlabCache {
  readonly gfp: number;
  readonly order: number;
  readonly minOrder: number;
}

/**
 * A new slab: the preferred order without an effort, then the minimum order with all that the caller allows.
 *
 * The high order is a convenience, so nothing is reclaimed for it and kswapd is not woken; a reserve is not touched.
 *
 * - **Source**: `allocate_slab()` in mm/slub.c, v6.1 and v6.12 alike.
 */
export function allocSlab(tryAlloc: TryAlloc, { gfp, order, minOrder }: SlabCache): CallerAnswer {
  const easy = (gfp | GFP.NOWARN | GFP.NORETRY) & ~GFP.NOFAIL;
  const mayReclaim = (gfp & GFP.DIRECT_RECLAIM) !== 0 && order > minOrder;
  const first = mayReclaim ? (easy | GFP.NOMEMALLOC) & ~GFP.RECLAIM : easy;
  return firstThatSucceeds(tryAlloc, [
    { gfp: withCompound(first, order), order },
    { gfp: withCompound(gfp, minOrder), order: minOrder },
  ]);
}

/** Slabs of several pages are compound pages. */
function withCompound(gfp: number, order: number): number {
  return order > 0 ? gfp | GFP.COMP : gfp;
}
