import type { Kernel } from "../../model/kernel.ts";
import { mmColumns, zoneColumns, zoneCpu } from "./columns.ts";
import { isIsolate, MIGRATE_CMA, MIGRATE_HIGHATOMIC, migratetypeOfFreetype } from "./freetype.ts";

/** freeDiff and nrFreeSeen are kept with these added, so that the columns hold no negative number. */
export const DIFF_ZERO = 128;
export const SEEN_ZERO = 4096;

/**
 * Counts pages that joined or left the free lists of a type. Isolated pages are not free.
 *
 * The count that everybody else reads lags: a CPU folds its share in when it passes the threshold.
 *
 * - **Shapes, units**: `pages` may be negative.
 * - **Context**: zone lock held.
 * - **Source**: `account_freepages()` in mm/page_alloc.c, `__mod_zone_page_state()` in mm/vmstat.c, v6.12.
 */
export function accountFreePages(k: Kernel, zone: number, pages: number, type: number): void {
  if (isIsolate(k, type)) return;
  const { nrFree } = k.of(mmColumns);
  nrFree.set(zone, nrFree.get(zone) + pages);
  if (k.world.whole === undefined) return;
  foldLate(k, zone, pages);
  const c = k.of(zoneColumns);
  const migratetype = migratetypeOfFreetype(k, type);
  if (migratetype === MIGRATE_CMA) c.nrFreeCma.set(zone, c.nrFreeCma.get(zone) + pages);
  else if (migratetype === MIGRATE_HIGHATOMIC) c.nrFreeHighatomic.set(zone, c.nrFreeHighatomic.get(zone) + pages);
}

/** Folds one CPU's share in, as its periodic vmstat worker does. */
export function foldFreeDiff(k: Kernel, zone: number, cpu: number): void {
  const c = k.of(zoneColumns);
  const row = zoneCpu(k, zone, cpu);
  const diff = c.freeDiff.get(row) - DIFF_ZERO;
  if (diff === 0) return;
  c.nrFreeSeen.set(zone, c.nrFreeSeen.get(zone) + diff);
  c.freeDiff.set(row, DIFF_ZERO);
}

/** Folds all CPUs' shares in, as at boot. */
export function refreshZoneStat(k: Kernel, zone: number): void {
  const c = k.of(zoneColumns);
  for (let cpu = 0; cpu < k.world.cpus; cpu++) c.freeDiff.set(zoneCpu(k, zone, cpu), DIFF_ZERO);
  c.nrFreeSeen.set(zone, k.of(mmColumns).nrFree.get(zone) + SEEN_ZERO);
}

/** NR_FREE_PAGES as a reader without the lock sees it, never below zero. **Source**: `zone_page_state()`. */
export function freePagesSeen(k: Kernel, zone: number): number {
  return Math.max(0, k.of(zoneColumns).nrFreeSeen.get(zone) - SEEN_ZERO);
}

function foldLate(k: Kernel, zone: number, pages: number): void {
  const c = k.of(zoneColumns);
  const row = zoneCpu(k, zone, k.cpu);
  const diff = c.freeDiff.get(row) - DIFF_ZERO + pages;
  if (Math.abs(diff) > c.statThreshold.get(zone)) {
    c.nrFreeSeen.set(zone, c.nrFreeSeen.get(zone) + diff);
    c.freeDiff.set(row, DIFF_ZERO);
  } else c.freeDiff.set(row, diff + DIFF_ZERO);
}
