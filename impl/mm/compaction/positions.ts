import type { Kernel } from "../../../model/kernel.ts";
import { buddyOrder } from "../buddy.ts";
import { acRow } from "../columns.ts";
import { layoutOf } from "../mm-layout.ts";
import { lruFlags, PG_LRU } from "../reclaim/lru.ts";
import { CC_FINISH_PAGEBLOCK, CC_IGNORE_SKIP, ccColumns, compactColumns, MIGRATE_ASYNC } from "./columns.ts";

/**
 * Where the scanners begin, and the pageblocks they pass over.
 *
 * - **Shapes, units**: pfns; a zone's first page and the start of its last pageblock are the far ends.
 * - **Leaves out**: update_cached_migrate() rounds an end up once more, so that the next scan begins one pageblock further, and
 *   beyond the zone at its beginning; here it begins where the last one ended.
 * - **Source**: mm/compaction.c: `reset_cached_positions()`, `update_cached_migrate()`, `__reset_isolation_suitable()`,
 *   `test_and_set_skip()`, `update_pageblock_skip()`.
 */
export function zoneStartOf(k: Kernel, zone: number): number {
  return layoutOf(k.world).zoneStart[zone] as number;
}

export function zoneEndOf(k: Kernel, zone: number): number {
  return layoutOf(k.world).zoneEnd[zone] as number;
}

export function blockStart(k: Kernel, pfn: number): number {
  return pfn & -(1 << k.world.geometry.pageblockOrder);
}

/** pageblock_end_pfn(): one behind the pageblock's last page. */
export function blockEnd(k: Kernel, pfn: number): number {
  return blockStart(k, pfn) + (1 << k.world.geometry.pageblockOrder);
}

export function isBlockAligned(k: Kernel, pfn: number): boolean {
  return blockStart(k, pfn) === pfn;
}

/** Start of the zone's last pageblock: where the free scanner begins. */
export function lastBlock(k: Kernel, zone: number): number {
  return blockStart(k, zoneEndOf(k, zone) - 1);
}

export function resetCachedPositions(k: Kernel, zone: number): void {
  const c = k.of(compactColumns);
  c.cachedMigrateAsync.set(zone, zoneStartOf(k, zone) + 1);
  c.cachedMigrateSync.set(zone, zoneStartOf(k, zone) + 1);
  c.cachedFree.set(zone, Math.max(lastBlock(k, zone), zoneStartOf(k, zone)) + 1);
}

/** The migrate scanner need not look at the pageblock of `pfn` again. */
export function updateCachedMigrate(k: Kernel, pfn: number): void {
  const cc = k.of(ccColumns);
  const c = k.of(compactColumns);
  const row = acRow(k);
  const zone = cc.zone.get(row);
  const link = Math.min(isBlockAligned(k, pfn) ? pfn : blockEnd(k, pfn), k.world.pages - 1) + 1;
  if (link > c.cachedMigrateAsync.get(zone)) c.cachedMigrateAsync.set(zone, link);
  if (cc.mode.get(row) !== MIGRATE_ASYNC && link > c.cachedMigrateSync.get(zone)) c.cachedMigrateSync.set(zone, link);
}

/** A pageblock may be scanned: it was not found barren lately, or the caller does not care. */
export function isolationSuitable(k: Kernel, pfn: number): boolean {
  if ((k.of(ccColumns).flags.get(acRow(k)) & CC_IGNORE_SKIP) !== 0) return true;
  return k.of(compactColumns).skip.get(blockOf(k, pfn)) === 0;
}

/** Marks a pageblock as being scanned; true when another compactor has it and this one should leave it. */
export function testAndSetSkip(k: Kernel, pfn: number): boolean {
  const flags = k.of(ccColumns).flags.get(acRow(k));
  if ((flags & CC_IGNORE_SKIP) !== 0) return false;
  const { skip } = k.of(compactColumns);
  const was = skip.get(blockOf(k, pfn)) === 1;
  skip.set(blockOf(k, pfn), 1);
  return was && (flags & CC_FINISH_PAGEBLOCK) === 0;
}

export function setSkip(k: Kernel, pfn: number): void {
  k.of(compactColumns).skip.set(blockOf(k, pfn), 1);
}

/** The free scanner is through with a pageblock and goes on at `next`. */
export function updatePageblockSkip(k: Kernel, block: number, next: number): void {
  setSkip(k, block);
  const c = k.of(compactColumns);
  const zone = k.of(ccColumns).zone.get(acRow(k));
  if (next >= zoneStartOf(k, zone) && next + 1 < c.cachedFree.get(zone)) c.cachedFree.set(zone, next + 1);
}

/** Forgets the skip bits, if a compaction of the whole zone has ended since, and finds where there is something to do. */
export function resetIsolationSuitable(k: Kernel, zone: number): void {
  const c = k.of(compactColumns);
  if (c.blockskipFlush.get(zone) === 0) return;
  c.blockskipFlush.set(zone, 0);
  const size = 1 << k.world.geometry.pageblockOrder;
  let migrate = -1;
  let free = -1;
  for (let block = blockStart(k, zoneStartOf(k, zone)); block < zoneEndOf(k, zone); block += size) {
    if (!isWorthScanning(k, zone, block)) continue;
    c.skip.set(blockOf(k, block), 0);
    if (migrate < 0) migrate = Math.max(block, zoneStartOf(k, zone));
    free = block;
  }
  if (migrate < 0 || migrate >= free) {
    resetCachedPositions(k, zone);
    return;
  }
  c.initMigrate.set(zone, migrate + 1);
  c.cachedMigrateAsync.set(zone, migrate + 1);
  c.cachedMigrateSync.set(zone, migrate + 1);
  c.cachedFree.set(zone, free + 1);
}

/** One page in 2^costly_order is looked at. */
function isWorthScanning(k: Kernel, zone: number, block: number): boolean {
  const from = Math.max(block, zoneStartOf(k, zone));
  const end = Math.min(blockEnd(k, block), zoneEndOf(k, zone));
  for (let pfn = from; pfn < end; pfn += 1 << k.world.geometry.costlyOrder)
    if ((lruFlags(k, pfn) & PG_LRU) !== 0 || buddyOrder(k, pfn) >= 0) return true;
  return false;
}

function blockOf(k: Kernel, pfn: number): number {
  return pfn >>> k.world.geometry.pageblockOrder;
}
