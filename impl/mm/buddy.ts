import type { Bound } from "../../model/column.ts";
import type { Kernel } from "../../model/kernel.ts";
import { KIND_BUDDY, mmColumns, zoneColumns } from "./columns.ts";
import { captureBlock } from "./compaction/capture.ts";
import { accountFreePages } from "./free-accounting.ts";
import { flagsOfFreetype, isIsolate, isMergeable, mayMergeFreetypes, migratetypeOfFreetype } from "./freetype.ts";
import { hasHwpoison, poisonedList } from "./isolation/hwpoison.ts";
import { forgetReported } from "./isolation/page-reported.ts";
import { layoutOf } from "./mm-layout.ts";
import { zoneOfPage } from "./zones.ts";

/**
 * The buddy lists: what runs under zone->lock, each function inside one micro-step of its caller.
 *
 * - **Shapes, units**: blocks by head pfn and order (log2 of pages); a freetype is a small index (freetype.ts).
 * - **Source**: mm/page_alloc.c v6.12: `__free_one_page()`, `__rmqueue_smallest()`, `expand()`, `buddy_merge_likely()`,
 *   `__isolate_free_page()`.
 */

/** The list of free blocks of a zone, one order and freetype. */
export function buddyList(k: Kernel, zone: number, order: number, type: number): number {
  const { geometry, freetypes, lists } = k.world;
  const orders = geometry.maxOrder + 1;
  if (isIsolate(k, type)) return k.listOf("isolate", (zone * freetypes + type) * orders + order);
  return (lists.base[KIND_BUDDY] as number) + (zone * freetypes + type) * orders + order;
}

export function typeOfBlock(k: Kernel, pfn: number): number {
  return k.of(mmColumns).blockType.get(pfn >>> k.world.geometry.pageblockOrder);
}

/**
 * set_pageblock_migratetype: the label only; free pages of the block have to be moved by the caller. Where labels say how memory
 * is mapped, a store that changes the design's flags is told to whoever holds the label to the truth.
 */
export function setTypeOfBlock(k: Kernel, pfn: number, type: number): void {
  const { blockType } = k.of(mmColumns);
  const block = pfn >>> k.world.geometry.pageblockOrder;
  const old = k.world.labels ? blockType.get(block) : type;
  blockType.set(block, type);
  if (flagsOfFreetype(k, old) !== flagsOfFreetype(k, type)) noteLabel(k, block, flagsOfFreetype(k, type));
}

/** Claims on lists look at the pages that changed, and the truth about a page has changed with its block's label. */
function noteLabel(k: Kernel, block: number, flags: number): void {
  const { pageblockOrder } = k.world.geometry;
  k.promises.labelStored(k.cpu, block, flags === 0);
  k.dirty.addRange(block << pageblockOrder, 1 << pageblockOrder);
}

/**
 * The type of the list that a free block is on. That of its pageblock in 6.12; in 6.1 a steal or a merge may have put it on
 * another, and it is kept with the block.
 */
export function listedTypeOf(k: Kernel, pfn: number): number {
  return layoutOf(k.world).v61 ? k.of(mmColumns).listedType.get(pfn) : typeOfBlock(k, pfn);
}

/** How a freed block joins its list (FPI_*): where told, else by whether it may soon merge. */
export type FreeTo = "by-merge" | "tail" | "head";

/**
 * Frees a block and merges it with its free buddies as far as they go.
 *
 * - **Shapes, units**: `type` is the list it joins; its pageblock's, unless a 6.1 kernel has read that long ago.
 * - **Errors**: none; answers the head of the merged block.
 */
export function freeOnePage(
  k: Kernel,
  freed: number,
  freedOrder: number,
  to: FreeTo = "by-merge",
  type = typeOfBlock(k, freed),
): number {
  if (hasHwpoison(k, freed, freedOrder)) return freeAroundHwpoison(k, freed, freedOrder, to, type);
  const mm = k.of(mmColumns);
  const zone = zoneOfPage(k, freed);
  let pfn = freed;
  let order = freedOrder;
  accountFreePages(k, zone, 1 << freedOrder, type);
  while (order < k.world.geometry.maxOrder) {
    if (k.world.whole !== undefined && captureBlock(k, zone, pfn, order, type)) {
      accountFreePages(k, zone, -(1 << order), type);
      return pfn;
    }
    const buddy = findBuddy(k, mm, zone, pfn, order);
    if (buddy < 0 || !mayMerge(k, buddy, order, type)) break;
    const buddyType = listedTypeOf(k, buddy);
    delFromFreeList(k, mm, zone, buddy, order, buddyType);
    if (buddyType !== type) absorb(k, zone, buddy, order, buddyType, type);
    pfn &= buddy;
    order++;
  }
  const tail = to === "by-merge" ? mergeLikely(k, mm, zone, pfn, order) : to === "tail";
  addToFreeList(k, mm, zone, pfn, order, type, tail);
  return pfn;
}

/**
 * Poisoned pages go to a list of their own, the rest is freed. 6.12 looks at single pages only and lets a poisoned page of a
 * larger block back; this is what later kernels do.
 */
function freeAroundHwpoison(k: Kernel, pfn: number, order: number, to: FreeTo, type: number): number {
  if (order === 0) k.lists.addTail(poisonedList(k), pfn, 0);
  else for (const half of [pfn, pfn + (1 << (order - 1))]) freeOnePage(k, half, order - 1, to, type);
  return pfn;
}

/**
 * free_one_page(): a block goes to the buddy lists from outside. Above pageblock_order 6.12 frees each pageblock by itself,
 * since each has a type of its own.
 *
 * - **Shapes, units**: `type` as 6.1 has read it before it took the lock; it reads again only while a pageblock is isolated.
 */
export function freeToBuddy(k: Kernel, pfn: number, order: number, type: number, to: FreeTo = "by-merge"): void {
  const { whole, v61 } = layoutOf(k.world);
  if (!whole) freeOnePage(k, pfn, order, to);
  else if (v61) freeOnePage(k, pfn, order, to, hasIsolateBlock(k, zoneOfPage(k, pfn)) ? typeOfBlock(k, pfn) : type);
  else {
    const piece = Math.min(order, k.world.geometry.pageblockOrder);
    for (let at = pfn; at < pfn + (1 << order); at += 1 << piece) freeOnePage(k, at, piece, to);
  }
}

/** has_isolate_pageblock(): whole allocator only. */
export function hasIsolateBlock(k: Kernel, zone: number): boolean {
  return k.of(zoneColumns).nrIsolateBlocks.get(zone) !== 0;
}

/** Takes the first block of the smallest sufficient order of a type; -1 when there is none. */
export function rmqueueSmallest(k: Kernel, zone: number, order: number, type: number): number {
  const base = buddyList(k, zone, 0, type);
  for (let current = order; current <= k.world.geometry.maxOrder; current++) {
    const pfn = k.lists.first(base + current);
    if (pfn < 0) continue;
    takeBlock(k, pfn, current, order, type);
    if (layoutOf(k.world).v61) k.of(mmColumns).listedType.set(pfn, type);
    k.tracepoints.zoneLocked?.(pfn, order, migratetypeOfFreetype(k, type), isRefillOrder(k, order, type));
    return pfn;
  }
  return -1;
}

/** Takes a known free block off its list, gives the unneeded halves to the lists of `into`, and accounts for what left. */
export function takeBlock(k: Kernel, pfn: number, from: number, order: number, type: number, into = type): number {
  const mm = k.of(mmColumns);
  const zone = zoneOfPage(k, pfn);
  delFromFreeList(k, mm, zone, pfn, from, type);
  expand(k, zone, pfn, order, from, into);
  if (type === into) accountFreePages(k, zone, -(1 << order), type);
  else {
    accountFreePages(k, zone, -(1 << from), type);
    accountFreePages(k, zone, (1 << from) - (1 << order), into);
  }
  return pfn;
}

/** Takes a block off the lists for good, whole: compaction, page reporting, isolation. The label stays. */
export function isolateFreeBlock(k: Kernel, pfn: number): number {
  const mm = k.of(mmColumns);
  const order = mm.buddy.get(pfn) - 1;
  const zone = zoneOfPage(k, pfn);
  const type = listedTypeOf(k, pfn);
  delFromFreeList(k, mm, zone, pfn, order, type);
  accountFreePages(k, zone, -(1 << order), type);
  return order;
}

/**
 * Moves a free block to the tail of another type's list of the same order. The label is the caller's.
 *
 * - **Shapes, units**: `old` is the pageblock's type; in 6.1, where the block may be on another list, that list counts.
 */
export function moveToFreeList(k: Kernel, pfn: number, old: number, type: number): void {
  const mm = k.of(mmColumns);
  const order = mm.buddy.get(pfn) - 1;
  const zone = zoneOfPage(k, pfn);
  const { v61 } = layoutOf(k.world);
  const from = v61 ? mm.listedType.get(pfn) : old;
  k.lists.remove(buddyList(k, zone, order, from), pfn);
  k.lists.addTail(buddyList(k, zone, order, type), pfn, order);
  if (v61) mm.listedType.set(pfn, type);
  accountFreePages(k, zone, -(1 << order), from);
  accountFreePages(k, zone, 1 << order, type);
}

/** Order of the free block whose head is `pfn`, or -1. */
export function buddyOrder(k: Kernel, pfn: number): number {
  return k.of(mmColumns).buddy.get(pfn) - 1;
}

/** Head of the free block that contains `pfn`, or -1. Cost: O(orders). */
export function freeBlockOf(k: Kernel, pfn: number): number {
  const { buddy } = k.of(mmColumns);
  for (let order = 0; order <= k.world.geometry.maxOrder; order++) {
    const head = pfn & ~((1 << order) - 1);
    if (buddy.get(head) - 1 >= order) return head;
  }
  return -1;
}

/** Gives back what is left of a block of order `from` when its first 2^order pages are used, largest half first. */
function expand(k: Kernel, zone: number, pfn: number, order: number, from: number, type: number): void {
  const mm = k.of(mmColumns);
  for (let half = from - 1; half >= order; half--) addToFreeList(k, mm, zone, pfn + (1 << half), half, type, false);
}

function addToFreeList(
  k: Kernel,
  mm: Bound<typeof mmColumns>,
  zone: number,
  pfn: number,
  order: number,
  type: number,
  tail: boolean,
): void {
  const list = buddyList(k, zone, order, type);
  mm.buddy.set(pfn, order + 1);
  if (layoutOf(k.world).v61) mm.listedType.set(pfn, type);
  if (tail) k.lists.addTail(list, pfn, order);
  else k.lists.addHead(list, pfn, order);
}

function delFromFreeList(
  k: Kernel,
  mm: Bound<typeof mmColumns>,
  zone: number,
  pfn: number,
  order: number,
  type: number,
): void {
  k.lists.remove(buddyList(k, zone, order, type), pfn);
  mm.buddy.set(pfn, 0);
  forgetReported(k, pfn, order);
}

function findBuddy(k: Kernel, mm: Bound<typeof mmColumns>, zone: number, pfn: number, order: number): number {
  const buddy = pfn ^ (1 << order);
  if (buddy + (1 << order) > k.world.pages || mm.buddy.get(buddy) !== order + 1) return -1;
  // A page outside all zones is never free, so one zone has no borders to look at.
  return k.world.zones.length === 1 || zoneOfPage(k, buddy) === zone ? buddy : -1;
}

/** Below pageblock_order buddies share a pageblock; above, only types that have fallbacks may mix, and never two sensitivities. */
function mayMerge(k: Kernel, buddy: number, order: number, type: number): boolean {
  if (order < k.world.geometry.pageblockOrder) return true;
  return mayMergeFreetypes(k, type, typeOfBlock(k, buddy));
}

/** A free block of another type becomes part of the freed one: 6.12 gives it that label, 6.1 lets it keep its own. */
function absorb(k: Kernel, zone: number, buddy: number, order: number, from: number, type: number): void {
  if (layoutOf(k.world).v61) {
    accountFreePages(k, zone, -(1 << order), from);
    accountFreePages(k, zone, 1 << order, type);
  } else relabelBlocks(k, buddy, order, type);
}

/** change_pageblock_range(): the labels of all pageblocks of a block of at least pageblock_order. */
export function relabelBlocks(k: Kernel, pfn: number, order: number, type: number): void {
  const { pageblockOrder } = k.world.geometry;
  for (let block = 0; block < 1 << (order - pageblockOrder); block++)
    setTypeOfBlock(k, pfn + (block << pageblockOrder), type);
}

/** The next higher buddy is free as well: put this block last, it may soon be merged. */
function mergeLikely(k: Kernel, mm: Bound<typeof mmColumns>, zone: number, pfn: number, order: number): boolean {
  if (order >= k.world.geometry.maxOrder - 1) return false;
  const higher = pfn & ~(1 << order);
  return findBuddy(k, mm, zone, higher, order + 1) >= 0;
}

/** What mm_page_alloc_zone_locked calls a refill: an order and type that pcplists may hold. */
function isRefillOrder(k: Kernel, order: number, type: number): boolean {
  const { costlyOrder, pageblockOrder } = k.world.geometry;
  return (order <= costlyOrder || order === pageblockOrder) && isMergeable(k, type);
}
