import type { Kernel } from "../../../model/kernel.ts";
import { USE_KERNEL } from "../../../model/ledger.ts";
import { buddyOrder, freeBlockOf, freeOnePage, isolateFreeBlock, setTypeOfBlock, typeOfBlock } from "../buddy.ts";
import { zoneColumns } from "../columns.ts";
import {
  isIsolate,
  MIGRATE_CMA,
  MIGRATE_ISOLATE,
  MIGRATE_MOVABLE,
  migratetypeOfFreetype,
  withMigratetype,
} from "../freetype.ts";
import { moveFreepages } from "../move-freepages.ts";
import { zoneIndex, zoneOfPage } from "../zones.ts";
import { allocatedHeadOf, outOfUse } from "./page-state.ts";

/**
 * One pageblock in and out of isolation: what runs under zone->lock. A free page of an isolated block is on the lists of type
 * ISOLATE, which no request takes from, and does not count as free.
 *
 * - **Shapes, units**: blocks by their first pfn.
 * - **Leaves out**: 6.1 marks the block first and splits a larger free block around it in a second section of the lock, between
 *   which others may take from it and NR_FREE_PAGES may go wrong (put right in 6.10); here both versions do it in one.
 * - **Source**: mm/page_isolation.c, `move_freepages_block_isolate()` in mm/page_alloc.c, v6.12.
 */
export type IsolateFor = "contig" | "cma" | "offline";

/** set_migratetype_isolate(): false (-EBUSY) for a block that is isolated already, or of which some page cannot be moved. */
export function isolateBlock(k: Kernel, block: number, from: number, to: number, why: IsolateFor): boolean {
  const type = typeOfBlock(k, block);
  if (isIsolate(k, type)) return false;
  const end = block + (1 << k.world.geometry.pageblockOrder);
  if (hasUnmovablePages(k, Math.max(block, from), Math.min(end, to), why)) return false;
  if (!moveFreepagesBlockIsolate(k, block, withMigratetype(k, type, MIGRATE_ISOLATE))) return false;
  countIsolated(k, block, 1);
  return true;
}

/** unset_migratetype_isolate(): the block takes the migratetype given, and its free pages go to the tail of the lists. */
export function unisolateBlock(k: Kernel, block: number, why: IsolateFor): void {
  const old = typeOfBlock(k, block);
  if (!isIsolate(k, old)) return;
  const type = withMigratetype(k, old, migratetypeFor(why));
  if (hasFreeBuddyOutside(k, block)) {
    const order = isolateFreeBlock(k, block);
    setTypeOfBlock(k, block, type);
    splitLargeBuddy(k, block, order, "tail");
  } else moveFreepagesBlockIsolate(k, block, type);
  countIsolated(k, block, -1);
}

/** test_pages_isolated(): every block of the range is isolated, and every page free; for offlining, poisoned ones are as good. */
export function testPagesIsolated(k: Kernel, from: number, to: number, why: IsolateFor): boolean {
  const size = 1 << k.world.geometry.pageblockOrder;
  for (let block = from & ~(size - 1); block < to; block += size)
    if (!isIsolate(k, typeOfBlock(k, block))) return false;
  for (let pfn = from; pfn < to; ) {
    const order = buddyOrder(k, pfn);
    if (order >= 0) pfn += 1 << order;
    else if (why === "offline" && outOfUse(k, pfn) === "poisoned") pfn++;
    else return false;
  }
  return true;
}

/** find_large_buddy(): the head of the free block that reaches over `pfn`, or `pfn` itself. */
export function findLargeBuddy(k: Kernel, pfn: number): number {
  const head = freeBlockOf(k, pfn);
  return head < 0 ? pfn : head;
}

function migratetypeFor(why: IsolateFor): number {
  return why === "cma" ? MIGRATE_CMA : MIGRATE_MOVABLE;
}

/** Puts a block that was taken off its list back pageblock by pageblock, each under its own label. **Source**: `split_large_buddy()`. */
export function splitLargeBuddy(k: Kernel, pfn: number, order: number, to: "by-merge" | "tail" = "by-merge"): void {
  const piece = Math.min(order, k.world.geometry.pageblockOrder);
  for (let at = pfn; at < pfn + (1 << order); at += 1 << piece) freeOnePage(k, at, piece, to);
}

/**
 * Some page of the range has an owner that cannot do without it. What is free, on its way, or on the LRU counts as movable;
 * whether it really can be moved shows later.
 */
function hasUnmovablePages(k: Kernel, from: number, to: number, why: IsolateFor): boolean {
  if (migratetypeOfFreetype(k, typeOfBlock(k, from)) === MIGRATE_CMA) return why !== "cma";
  const movableZone = zoneIndex(k, zoneOfPage(k, from)) === 3;
  for (let pfn = from; pfn < to; ) {
    const free = buddyOrder(k, pfn);
    const head = free >= 0 ? pfn : allocatedHeadOf(k, pfn);
    if (head < 0) {
      const gone = outOfUse(k, pfn);
      if (gone !== "" && !(gone === "poisoned" && why === "offline")) return true;
      pfn++;
      continue;
    }
    if (free < 0 && !movableZone && k.ledger.use(head) === USE_KERNEL) return true;
    pfn = head + (1 << (free >= 0 ? free : k.ledger.order(head)));
  }
  return false;
}

/** Relabels one pageblock and moves its free pages; a free block that reaches beyond it is split into pageblocks. */
function moveFreepagesBlockIsolate(k: Kernel, block: number, type: number): boolean {
  const { pageblockOrder } = k.world.geometry;
  const last = block + (1 << pageblockOrder) - 1;
  if (last >= k.world.pages || zoneOfPage(k, block) !== zoneOfPage(k, last)) return false;
  const head = freeBlockOf(k, block);
  if (head >= 0 && buddyOrder(k, head) > pageblockOrder) {
    const order = isolateFreeBlock(k, head);
    setTypeOfBlock(k, block, type);
    splitLargeBuddy(k, head, order);
    return true;
  }
  moveFreepages(k, block, typeOfBlock(k, block), type);
  setTypeOfBlock(k, block, type);
  return true;
}

/** The block is one free block of its own, and its buddy is free and not isolated: the two may merge. */
function hasFreeBuddyOutside(k: Kernel, block: number): boolean {
  const order = buddyOrder(k, block);
  if (order < k.world.geometry.pageblockOrder || order >= k.world.geometry.maxOrder) return false;
  const buddy = block ^ (1 << order);
  if (buddy >= k.world.pages || buddyOrder(k, buddy) !== order) return false;
  return zoneOfPage(k, buddy) === zoneOfPage(k, block) && !isIsolate(k, typeOfBlock(k, buddy));
}

function countIsolated(k: Kernel, block: number, blocks: number): void {
  const { nrIsolateBlocks } = k.of(zoneColumns);
  const zone = zoneOfPage(k, block);
  nrIsolateBlocks.set(zone, nrIsolateBlocks.get(zone) + blocks);
}
