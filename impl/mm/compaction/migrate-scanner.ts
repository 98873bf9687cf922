import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { USE_FILE, USE_MOVABLE } from "../../../model/ledger.ts";
import { VM } from "../../../model/vm-events.ts";
import { buddyOrder, typeOfBlock } from "../buddy.ts";
import { acRow } from "../columns.ts";
import { MIGRATE_CMA, MIGRATE_MOVABLE, migratetypeOfFreetype } from "../freetype.ts";
import { layoutOf } from "../mm-layout.ts";
import {
  isolateMovable,
  lastIsolated,
  lruFlags,
  lruIsolate,
  lruIsolated,
  lruPutback,
  PG_LRU,
  PG_WRITEBACK,
} from "../reclaim/lru.ts";
import { countEvent } from "../vm-count.ts";
import { CC_DIRECT, CC_FINISH_PAGEBLOCK, ccColumns, MIGRATE_ASYNC, MIGRATE_SYNC } from "./columns.ts";
import { COMPACT_CLUSTER_MAX } from "./free-scanner.ts";
import {
  blockEnd,
  isBlockAligned,
  isolationSuitable,
  setSkip,
  testAndSetSkip,
  updateCachedMigrate,
  zoneEndOf,
  zoneStartOf,
} from "./positions.ts";

/** The frame of the scan of one pageblock, kept in locals: is it scanned from its start, has its skip bit been seen to. */
export interface BlockScan {
  fromStart: boolean;
  skipSeen: boolean;
}

/** `more`: the pageblock is not done with; go on at once. */
export type MigrateScan = "more" | "done";

/**
 * The migrate scanner: isolates movable pages, from the zone's beginning upwards, one pageblock at a time.
 *
 * An asynchronous direct compaction looks only where pages of its own kind are, and gives up a block of the order wanted as soon
 * as one page in it cannot be moved.
 *
 * - **Context**: lru lock held for one cluster of pages at a time: one step each.
 * - **Leaves out**: `fast_find_migrateblock`; the throttling when too many pages are isolated.
 * - **Source**: `isolate_migratepages()`, `isolate_migratepages_block()` in mm/compaction.c.
 */
export function findSourceBlock(k: Kernel): boolean {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  for (;;) {
    const low = cc.migratePfn.get(row) - 1;
    const end = blockEnd(k, low);
    if (end > cc.freePfn.get(row) - 1) return false;
    const fresh = isBlockAligned(k, low) || low === zoneStartOf(k, cc.zone.get(row));
    if (!fresh || isolationSuitable(k, low)) {
      if (isSource(k, low)) return true;
      updateCachedMigrate(k, end);
    }
    cc.migratePfn.set(row, end + 1);
  }
}

/** Scans one cluster of the pageblock that the scanner is at. */
export function isolateMigratepages(k: Kernel, scan: BlockScan): MigrateScan {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const from = cc.migratePfn.get(row) - 1;
  const blockLimit = Math.min(blockEnd(k, from), zoneEndOf(k, cc.zone.get(row)));
  const end = Math.min(blockLimit, (from & -COMPACT_CLUSTER_MAX) + COMPACT_CLUSTER_MAX);
  const stop = scanCluster(k, scan, from, end, blockLimit);
  cc.migratePfn.set(row, Math.min(stop.pfn, blockLimit, k.world.pages - 1) + 1);
  cc.migrateScanned.set(row, cc.migrateScanned.get(row) + stop.scanned);
  if (!stop.broken && stop.pfn < blockLimit) return "more";
  if (stop.pfn >= blockLimit && (cc.held.get(row) === 0 || (cc.flags.get(row) & CC_FINISH_PAGEBLOCK) !== 0)) {
    if (scan.fromStart && !scan.skipSeen) setSkip(k, blockLimit - 1);
    updateCachedMigrate(k, blockLimit - 1);
  }
  countEvent(k, VM.compact_isolated, cc.held.get(row));
  return "done";
}

/** Puts every isolated page back where it came from. **Source**: `putback_movable_pages()`. */
export function putbackAll(k: Kernel): void {
  for (let head = lruIsolated(k); head >= 0; head = lruIsolated(k)) lruPutback(k, head, k.ledger.order(head));
  k.of(ccColumns).held.set(acRow(k), 0);
}

/** The page to be moved next, or -1: the last taken is the first to go. */
export function nextToMigrate(k: Kernel): number {
  return lastIsolated(k);
}

/** 6.1 does not scan the rest: an asynchronous direct compaction leaves the block of the order wanted, in which a page stayed. */
export function passBlock(k: Kernel): void {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  if ((cc.flags.get(row) & CC_DIRECT) === 0 || cc.mode.get(row) !== MIGRATE_ASYNC) return;
  const size = 1 << (cc.order.get(row) - 1);
  const end = ((cc.migratePfn.get(row) - 2) & -size) + size;
  cc.migratePfn.set(row, Math.min(end, k.world.pages - 1) + 1);
  cc.lastMigrated.set(row, 0);
}

interface Stop {
  readonly pfn: number;
  readonly scanned: number;
  /** The scan of the pageblock ends here. */
  readonly broken: boolean;
}

function scanCluster(k: Kernel, scan: BlockScan, from: number, end: number, limit: number): Stop {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  const picky = (cc.flags.get(row) & CC_DIRECT) !== 0 && cc.mode.get(row) === MIGRATE_ASYNC;
  const step = 2 ** Math.max(cc.order.get(row) - 1, 0);
  // A cluster may end where a block of the order wanted does: what that has yielded is moved before the next is begun.
  let target = cc.held.get(row) > 0 && from % step === 0 ? from : Math.floor(from / step) * step + step;
  let pfn = from;
  let scanned = 0;
  while (pfn < end) {
    if (picky && pfn >= target) {
      if (cc.held.get(row) > 0) return { pfn, scanned, broken: true };
      target = Math.floor(pfn / step) * step + step;
    }
    const pages = pagesAt(k, pfn);
    scanned += pages;
    if (buddyOrder(k, pfn) >= 0) {
      pfn += pages;
      continue;
    }
    if (isolatable(k, pfn)) {
      if (!scan.skipSeen && scan.fromStart) {
        scan.skipSeen = true;
        if (testAndSetSkip(k, pfn)) return { pfn: limit, scanned, broken: true };
      }
      isolate(k, pfn);
      pfn += pages;
      if (cc.held.get(row) >= COMPACT_CLUSTER_MAX && (cc.flags.get(row) & CC_FINISH_PAGEBLOCK) === 0)
        return { pfn, scanned, broken: true };
      continue;
    }
    pfn += pages;
    if (!picky) continue;
    // One page that stays spoils the whole block of the order wanted.
    putbackAll(k);
    pfn = Math.max(pfn, target);
    target += step;
  }
  return { pfn, scanned, broken: false };
}

/** Pages up to the next thing to look at: a free or allocated block as a whole. */
function pagesAt(k: Kernel, pfn: number): number {
  const order = Math.max(buddyOrder(k, pfn), k.ledger.order(pfn));
  return order > 0 ? 1 << order : 1;
}

/** On an LRU list or movable by its owner, of an order worth moving, and not being written unless the caller will wait. */
function isolatable(k: Kernel, head: number): boolean {
  const order = k.ledger.order(head);
  if (order < 0) return false;
  const cc = k.of(ccColumns);
  const row = acRow(k);
  if (tooLarge(k, order, cc.order.get(row) - 1)) return false;
  const use = k.ledger.use(head);
  if (use === USE_MOVABLE) return lruFlags(k, head) === 0;
  const flags = lruFlags(k, head);
  if ((flags & PG_LRU) === 0) return false;
  if (use === USE_FILE && (cc.gfp.get(row) & GFP.FS) === 0) return false;
  return cc.mode.get(row) === MIGRATE_SYNC || (flags & PG_WRITEBACK) === 0;
}

/** 6.1 moves single pages only; 6.12 moves folios smaller than the block wanted. `wanted` is -1 for compact_memory. */
function tooLarge(k: Kernel, order: number, wanted: number): boolean {
  if (layoutOf(k.world).v61) return order > 0;
  return (wanted >= 0 && order >= wanted) || order >= k.world.geometry.pageblockOrder;
}

function isolate(k: Kernel, head: number): void {
  const order = k.ledger.order(head);
  if (k.ledger.use(head) === USE_MOVABLE) isolateMovable(k, head);
  else lruIsolate(k, head, order);
  const { held } = k.of(ccColumns);
  held.set(acRow(k), held.get(acRow(k)) + (1 << order));
}

/** **Source**: `suitable_migration_source()`. */
function isSource(k: Kernel, pfn: number): boolean {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  if (cc.mode.get(row) !== MIGRATE_ASYNC || (cc.flags.get(row) & CC_DIRECT) === 0) return true;
  const type = migratetypeOfFreetype(k, typeOfBlock(k, pfn));
  const wanted = migratetypeOfFreetype(k, cc.freetype.get(row));
  return wanted === MIGRATE_MOVABLE ? type === MIGRATE_MOVABLE || type === MIGRATE_CMA : type === wanted;
}
