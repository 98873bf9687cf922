import { GFP } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import { layoutOf } from "./mm-layout.ts";
import { ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneIndex } from "./zones.ts";

/**
 * gfp_zone(): the highest zone that a request may be served from, as a place among ZONE_NAMES.
 *
 * Movable only for requests that are both movable and content with high memory; DMA wins over all.
 *
 * - **Errors**: none; combinations that the kernel calls bad (DMA with DMA32 or HIGHMEM) get the lowest zone named.
 * - **Source**: `GFP_ZONE_TABLE` in include/linux/gfp.h, x86-64: high memory is ZONE_NORMAL.
 */
export function gfpZone(gfp: number): number {
  if ((gfp & GFP.DMA) !== 0) return ZONE_DMA;
  if ((gfp & GFP.DMA32) !== 0) return ZONE_DMA32;
  return (gfp & GFP.MOVABLE) !== 0 && (gfp & GFP.HIGHMEM) !== 0 ? ZONE_MOVABLE : ZONE_NORMAL;
}

/**
 * node_zonelist(): the zones in the order in which a request that starts at `node` tries them: ZONELIST_FALLBACK, or
 * ZONELIST_NOFALLBACK for __GFP_THISNODE.
 *
 * - **Source**: `build_zonelists()`, `build_thisnode_zonelists()` in mm/page_alloc.c.
 */
export function zonelistOf(k: Kernel, node: number, gfp: number): readonly number[] {
  const { fallbackLists, thisNodeLists } = layoutOf(k.world);
  return (((gfp & GFP.THISNODE) === 0 ? fallbackLists : thisNodeLists)[node] ?? []) as readonly number[];
}

/** First place at or behind `from` in a zonelist whose zone is no higher than `highestZone`; its length if there is none. */
export function nextZoneref(k: Kernel, zonelist: readonly number[], from: number, highestZone: number): number {
  for (let at = from; at < zonelist.length; at++) {
    if (zoneIndex(k, zonelist[at] as number) <= highestZone) return at;
  }
  return zonelist.length;
}

/** The zone that a request would like best, or -1 if the machine has none that it may use. **Source**: `first_zones_zonelist()`. */
export function preferredZone(k: Kernel, node: number, gfp: number, highestZone: number): number {
  const zonelist = zonelistOf(k, node, gfp);
  return zonelist[nextZoneref(k, zonelist, 0, highestZone)] ?? -1;
}
