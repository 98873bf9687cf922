import { migratetypeOf } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import {
  ALLOC_NO_WATERMARKS,
  ALLOC_NOFRAGMENT,
  ALLOC_WMARK_HIGH,
  ALLOC_WMARK_MASK,
  fastPathFlags,
} from "./alloc-flags.ts";
import { acColumns, acRow, zoneColumns } from "./columns.ts";
import { freetypeOf } from "./freetype.ts";
import { layoutOf } from "./mm-layout.ts";
import { wmarkPages, zoneWatermarkFast } from "./watermark.ts";
import { gfpZone, nextZoneref, preferredZone, zonelistOf } from "./zonelist.ts";
import { nodeOfCpu } from "./zones.ts";

/**
 * `struct alloc_context` of the call that runs on this CPU and level, and its walk along the zonelist. Whole allocator only.
 *
 * - **Source**: `prepare_alloc_pages()`, `get_page_from_freelist()` in mm/page_alloc.c.
 */

/** Fills the context from a request; gfp loses what the kernel does not grant yet (gfp_allowed_mask). */
export function prepareAllocContext(k: Kernel, requested: number, flags = 0): void {
  const c = k.of(acColumns);
  const row = acRow(k);
  const gfp = requested & (k.world.whole?.gfpAllowedMask ?? -1);
  const node = nodeOfCpu(k, k.cpu);
  const highest = gfpZone(gfp);
  const preferred = preferredZone(k, node, gfp, highest);
  c.gfp.set(row, gfp);
  c.freetype.set(row, freetypeOf(k, migratetypeOf(gfp), flags));
  c.node.set(row, node);
  c.highestZone.set(row, highest);
  c.preferred.set(row, Math.max(preferred, 0));
  c.flags.set(row, fastPathFlags(k, gfp, preferred));
  c.zoneref.set(row, 0);
}

/** Back to the beginning of the zonelist: a new attempt at the free lists. */
export function resetZoneref(k: Kernel): void {
  k.of(acColumns).zoneref.set(acRow(k), 0);
}

/** What became of looking at one more zone. */
export const ZONE_FOUND = 0;
/** Not this one: the caller looks again, as a step of its own. */
export const ZONE_PASSED = 1;
export const ZONELIST_END = 2;

/**
 * Goes on to the next zone of the zonelist and tests whether the request may take from it; a racy read of one zone.
 *
 * Where mixing types in a pageblock was to be avoided and no zone of the node will do, the list is walked again without that
 * care.
 */
export function tryNextZone(k: Kernel, order: number): number {
  const c = k.of(acColumns);
  const row = acRow(k);
  const gfp = c.gfp.get(row);
  const highest = c.highestZone.get(row);
  const zonelist = zonelistOf(k, c.node.get(row), gfp);
  const at = nextZoneref(k, zonelist, c.zoneref.get(row), highest);
  const flags = c.flags.get(row);
  if (at === zonelist.length) return (flags & ALLOC_NOFRAGMENT) === 0 ? ZONELIST_END : walkAgainMixing(k);
  const zone = zonelist[at] as number;
  if ((flags & ALLOC_NOFRAGMENT) !== 0 && isRemote(k, zone, c.preferred.get(row))) return walkAgainMixing(k);
  c.zoneref.set(row, at + 1);
  c.zone.set(row, zone);
  return mayUse(k, zone, order, highest, flags, gfp) ? ZONE_FOUND : ZONE_PASSED;
}

/** The call is over: the context is empty again, so that equal situations are equal states. */
export function clearAllocContext(k: Kernel): void {
  const c = k.of(acColumns);
  const row = acRow(k);
  c.flags.set(row, 0);
  c.gfp.set(row, 0);
  c.freetype.set(row, 0);
  c.zoneref.set(row, 0);
  c.zone.set(row, 0);
  c.preferred.set(row, 0);
  c.highestZone.set(row, 0);
  c.node.set(row, 0);
  if (c.stage.get(row) !== 0) clearSlowPath(k, row);
}

function clearSlowPath(k: Kernel, row: number): void {
  const c = k.of(acColumns);
  c.stage.set(row, 0);
  c.noProgressLoops.set(row, 0);
  c.compactionRetries.set(row, 0);
  c.compactPriority.set(row, 0);
  c.compactResult.set(row, 0);
  c.reclaimed.set(row, 0);
  c.memalloc.set(row, 0);
}

function walkAgainMixing(k: Kernel): number {
  const c = k.of(acColumns);
  const row = acRow(k);
  c.flags.set(row, c.flags.get(row) & ~ALLOC_NOFRAGMENT);
  c.zoneref.set(row, 0);
  return ZONE_PASSED;
}

/** Locality is worth more than clean pageblocks. */
function isRemote(k: Kernel, zone: number, preferred: number): boolean {
  const { zones, nodes } = k.world;
  return nodes > 1 && zones[zone]?.node !== zones[preferred]?.node;
}

/**
 * The watermark allows it, or need not be kept. 6.12 looks at the high watermark first and notes when the zone has sunk
 * below it, which shortens the per-CPU lists.
 */
function mayUse(k: Kernel, zone: number, order: number, highest: number, flags: number, gfp: number): boolean {
  if (!layoutOf(k.world).v61) {
    const { belowHigh } = k.of(zoneColumns);
    if (belowHigh.get(zone) === 0) {
      if (zoneWatermarkFast(k, zone, order, wmarkPages(k, zone, ALLOC_WMARK_HIGH), highest, flags, gfp)) return true;
      belowHigh.set(zone, 1);
    }
  }
  if (zoneWatermarkFast(k, zone, order, wmarkPages(k, zone, flags & ALLOC_WMARK_MASK), highest, flags, gfp))
    return true;
  return (flags & ALLOC_NO_WATERMARKS) !== 0;
}
