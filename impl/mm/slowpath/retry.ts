import type { Kernel } from "../../../model/kernel.ts";
import { acColumns, acRow, mmColumns } from "../columns.ts";
import {
  COMPACT_PRIO_SYNC_FULL,
  COMPACT_PRIO_SYNC_LIGHT,
  COMPACT_SKIPPED,
  COMPACT_SUCCESS,
} from "../compaction/columns.ts";
import { compactionZonelistSuitable } from "../compaction/suitable.ts";
import { MAX_RECLAIM_RETRIES } from "../reclaim/limits.ts";
import { zoneReclaimablePages } from "../reclaim/lru.ts";
import { minWmark, zoneWatermarkOk } from "../watermark.ts";
import { nextZoneref, zonelistOf } from "../zonelist.ts";

const MAX_COMPACT_RETRIES = 16;

/**
 * Whether the slow path goes round once more: racy reads and the counters of the call.
 *
 * - **Source**: `should_reclaim_retry()`, `should_compact_retry()` in mm/page_alloc.c; the same in v6.1 and v6.12.
 */
export function shouldReclaimRetry(k: Kernel, order: number): boolean {
  const c = k.of(acColumns);
  const row = acRow(k);
  const costly = order > k.world.geometry.costlyOrder;
  // Pages were freed for a costly order, but that says little about blocks of it.
  const loops = c.reclaimed.get(row) > 0 && !costly ? 0 : c.noProgressLoops.get(row) + 1;
  // A request that may not fail goes round for as long as it takes; what counts is that there were too many.
  c.noProgressLoops.set(row, Math.min(loops, MAX_RECLAIM_RETRIES + 1));
  if (loops > MAX_RECLAIM_RETRIES) return false;
  const highest = c.highestZone.get(row);
  const zonelist = zonelistOf(k, c.node.get(row), c.gfp.get(row));
  for (
    let at = nextZoneref(k, zonelist, 0, highest);
    at < zonelist.length;
    at = nextZoneref(k, zonelist, at + 1, highest)
  ) {
    const zone = zonelist[at] as number;
    const available = zoneReclaimablePages(k, zone) + k.of(mmColumns).nrFree.get(zone);
    if (zoneWatermarkOk(k, zone, order, minWmark(k, zone), highest, c.flags.get(row), available)) return true;
  }
  return false;
}

/** Success that did not reach us is tried again, up to 16 times (4 for costly orders); failure is, with more effort. */
export function shouldCompactRetry(k: Kernel, order: number): boolean {
  const c = k.of(acColumns);
  const row = acRow(k);
  if (order === 0) return false;
  const result = c.compactResult.get(row);
  if (result === COMPACT_SKIPPED) {
    const zonelist = zonelistOf(k, c.node.get(row), c.gfp.get(row));
    return compactionZonelistSuitable(k, zonelist, order, c.highestZone.get(row));
  }
  const costly = order > k.world.geometry.costlyOrder;
  if (result === COMPACT_SUCCESS) {
    c.compactionRetries.set(row, c.compactionRetries.get(row) + 1);
    if (c.compactionRetries.get(row) <= (costly ? MAX_COMPACT_RETRIES / 4 : MAX_COMPACT_RETRIES)) return true;
  }
  const least = costly ? COMPACT_PRIO_SYNC_LIGHT : COMPACT_PRIO_SYNC_FULL;
  if (c.compactPriority.get(row) <= least) return false;
  c.compactPriority.set(row, c.compactPriority.get(row) - 1);
  c.compactionRetries.set(row, 0);
  return true;
}
