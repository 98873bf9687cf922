import type { Kernel } from "../../../model/kernel.ts";
import { buddyList } from "../buddy.ts";
import { acRow } from "../columns.ts";
import { FALLBACKS, MIGRATE_CMA, MIGRATE_MOVABLE, migratetypeOfFreetype, withMigratetype } from "../freetype.ts";
import {
  CC_DIRECT,
  CC_UPDATE_CACHED,
  CC_WHOLE_ZONE,
  COMPACT_COMPLETE,
  COMPACT_CONTINUE,
  COMPACT_PARTIAL_SKIPPED,
  COMPACT_SUCCESS,
  ccColumns,
  compactColumns,
  MIGRATE_ASYNC,
} from "./columns.ts";
import { compactionRestarting } from "./defer.ts";
import { scannersMet } from "./free-scanner.ts";
import {
  isBlockAligned,
  lastBlock,
  resetCachedPositions,
  resetIsolationSuitable,
  zoneEndOf,
  zoneStartOf,
} from "./positions.ts";
import { suitAllocationOrder } from "./suitable.ts";

/**
 * Before and after a compaction: is there anything to do, where do the scanners begin, is it done?
 *
 * - **Shapes, units**: the row of `cc` of this level. False: `cc.status` says why nothing is to be done.
 * - **Source**: `compact_zone()`, `__compact_finished()` in mm/compaction.c.
 */
export function prepareScanners(k: Kernel): boolean {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const zone = cc.zone.get(row);
  const order = cc.order.get(row) - 1;
  cc.running.set(row, 1);
  if (order >= 0) {
    const status = suitAllocationOrder(k, zone, order, cc.highest.get(row), cc.allocFlags.get(row));
    cc.status.set(row, status);
    if (status !== COMPACT_CONTINUE) return false;
    if (compactionRestarting(k, zone, order)) resetIsolationSuitable(k, zone);
  }
  if ((cc.flags.get(row) & CC_DIRECT) !== 0) cc.capture.set(row, zone + 1);
  placeScanners(k, zone);
  return true;
}

/** CONTINUE while the scanners have not met and no block of the order is there for the request's type. */
export function compactFinished(k: Kernel): number {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const zone = cc.zone.get(row);
  if (scannersMet(k)) {
    resetCachedPositions(k, zone);
    if ((cc.flags.get(row) & CC_DIRECT) !== 0) k.of(compactColumns).blockskipFlush.set(zone, 1);
    return (cc.flags.get(row) & CC_WHOLE_ZONE) !== 0 ? COMPACT_COMPLETE : COMPACT_PARTIAL_SKIPPED;
  }
  const order = cc.order.get(row) - 1;
  if (order < 0 || !isBlockAligned(k, cc.migratePfn.get(row) - 1)) return COMPACT_CONTINUE;
  return hasSuitable(k, zone, order, cc.freetype.get(row)) ? COMPACT_SUCCESS : COMPACT_CONTINUE;
}

function placeScanners(k: Kernel, zone: number): void {
  const cc = k.of(ccColumns);
  const c = k.of(compactColumns);
  const row = acRow(k);
  const [start, end] = [zoneStartOf(k, zone), zoneEndOf(k, zone)];
  const last = Math.max(lastBlock(k, zone), start);
  const sync = cc.mode.get(row) !== MIGRATE_ASYNC;
  if ((cc.flags.get(row) & CC_WHOLE_ZONE) !== 0) {
    cc.migratePfn.set(row, start + 1);
    cc.freePfn.set(row, last + 1);
  } else {
    const inside = (pfn: number): boolean => pfn >= start && pfn < end;
    if (!inside(c.cachedFree.get(zone) - 1)) c.cachedFree.set(zone, last + 1);
    const cached = sync ? c.cachedMigrateSync : c.cachedMigrateAsync;
    if (!inside(cached.get(zone) - 1)) {
      c.cachedMigrateAsync.set(zone, start + 1);
      c.cachedMigrateSync.set(zone, start + 1);
    }
    cc.freePfn.set(row, c.cachedFree.get(zone));
    cc.migratePfn.set(row, cached.get(zone));
    const whole = cc.migratePfn.get(row) - 1 <= Math.max(c.initMigrate.get(zone) - 1, 0);
    if (whole) cc.flags.set(row, cc.flags.get(row) | CC_WHOLE_ZONE);
  }
  if (!sync && c.cachedMigrateAsync.get(zone) === c.cachedMigrateSync.get(zone))
    cc.flags.set(row, cc.flags.get(row) | CC_UPDATE_CACHED);
}

function hasSuitable(k: Kernel, zone: number, order: number, freetype: number): boolean {
  const wanted = migratetypeOfFreetype(k, freetype);
  for (let at = order; at <= k.world.geometry.maxOrder; at++) {
    const there = (migratetype: number): boolean =>
      k.lists.first(buddyList(k, zone, at, withMigratetype(k, freetype, migratetype))) >= 0;
    if (there(wanted) || (wanted === MIGRATE_MOVABLE && there(MIGRATE_CMA))) return true;
    if (canSteal(k, at, wanted) && (FALLBACKS[wanted] ?? []).some(there)) return true;
  }
  return false;
}

/** A fallback at this order would claim the pageblock. **Source**: `can_steal_fallback()`. */
function canSteal(k: Kernel, order: number, wanted: number): boolean {
  return order >= k.world.geometry.pageblockOrder >> 1 || wanted !== MIGRATE_MOVABLE;
}
