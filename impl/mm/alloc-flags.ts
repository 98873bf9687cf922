import { GFP, migratetypeOf } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import { MIGRATE_MOVABLE } from "./freetype.ts";
import { populatedZone, ZONE_DMA32, ZONE_NORMAL, zoneIndex } from "./zones.ts";

/**
 * `ALLOC_*`: what an attempt at the free lists may do. The two lowest bits name the watermark.
 *
 * - **Source**: mm/internal.h; the values are the same in v6.1.119 and v6.12.
 */
export const ALLOC_WMARK_MIN = 0;
export const ALLOC_WMARK_LOW = 1;
export const ALLOC_WMARK_HIGH = 2;
export const ALLOC_WMARK_MASK = 3;
export const ALLOC_NO_WATERMARKS = 0x4;
export const ALLOC_OOM = 0x8;
export const ALLOC_NON_BLOCK = 0x10;
export const ALLOC_MIN_RESERVE = 0x20;
export const ALLOC_CPUSET = 0x40;
export const ALLOC_CMA = 0x80;
export const ALLOC_NOFRAGMENT = 0x100;
export const ALLOC_HIGHATOMIC = 0x200;
export const ALLOC_KSWAPD = 0x800;

/** Flags that give access to the reserves below the min watermark. */
export const ALLOC_RESERVES = ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC | ALLOC_OOM;

/**
 * Flags of the first attempt: above the low watermark, without mixing types in a pageblock while another zone will do.
 *
 * - **Shapes, units**: `preferred` is the zone that the zonelist begins at, -1 when there is none.
 * - **Source**: `__alloc_pages()`, `prepare_alloc_pages()` in mm/page_alloc.c.
 */
export function fastPathFlags(k: Kernel, gfp: number, preferred: number): number {
  return ALLOC_WMARK_LOW | cmaFlag(gfp) | allocFlagsNofragment(k, gfp, preferred);
}

/**
 * Flags of the attempts of the slow path: above the min watermark, and into the reserves as far as the caller's context
 * justifies it.
 *
 * - **Leaves out**: real-time tasks.
 * - **Source**: `gfp_to_alloc_flags()` in mm/page_alloc.c.
 */
export function gfpToAllocFlags(gfp: number, order: number): number {
  let flags = ALLOC_WMARK_MIN | ALLOC_CPUSET | cmaFlag(gfp);
  // The kernel takes these two over bit by bit, as their values are the same on both sides.
  flags |= gfp & (GFP.HIGH | GFP.KSWAPD_RECLAIM);
  if ((gfp & GFP.DIRECT_RECLAIM) !== 0) return flags;
  if ((gfp & GFP.NOMEMALLOC) === 0) flags |= ALLOC_NON_BLOCK | (order > 0 ? ALLOC_HIGHATOMIC : 0);
  return (flags & ALLOC_MIN_RESERVE) === 0 ? flags : flags & ~ALLOC_CPUSET;
}

/**
 * Flags for callers that help to free memory, or are about to die: no watermarks, or half the reserve for OOM victims.
 * Zero for everybody else.
 *
 * - **Shapes, units**: `memalloc` is PF_MEMALLOC of the running task; neither it nor `oomVictim` counts in hard IRQ.
 * - **Source**: `__gfp_pfmemalloc_flags()` in mm/page_alloc.c.
 */
export function gfpPfmemallocFlags(gfp: number, memalloc: boolean, oomVictim: boolean): number {
  if ((gfp & GFP.NOMEMALLOC) !== 0) return 0;
  if ((gfp & GFP.MEMALLOC) !== 0 || memalloc) return ALLOC_NO_WATERMARKS;
  return oomVictim ? ALLOC_OOM : 0;
}

/**
 * Rather take a page of the next zone than mix types in a pageblock of this one: only from Normal to DMA32, since other
 * neighbours are too small or too precious.
 *
 * - **Source**: `alloc_flags_nofragment()` in mm/page_alloc.c.
 */
export function allocFlagsNofragment(k: Kernel, gfp: number, zone: number): number {
  const flags = gfp & GFP.KSWAPD_RECLAIM;
  if (zone < 0 || zoneIndex(k, zone) !== ZONE_NORMAL) return flags;
  const { nodes, zones } = k.world;
  const node = zones[zone]?.node ?? 0;
  if (nodes > 1 && populatedZone(k, node, ZONE_DMA32) < 0) return flags;
  return flags | ALLOC_NOFRAGMENT;
}

/** **Source**: `gfp_to_alloc_flags_cma()`. */
function cmaFlag(gfp: number): number {
  return migratetypeOf(gfp) === MIGRATE_MOVABLE ? ALLOC_CMA : 0;
}
