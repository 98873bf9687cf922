import type { Bound } from "../../model/column.ts";
import type { Kernel } from "../../model/kernel.ts";
import { KIND_BUDDY, mmColumns } from "./columns.ts";
import { accountFreePages } from "./free-accounting.ts";
import { isIsolate, isMergeable, migratetypeOfFreetype } from "./freetype.ts";
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

/** set_pageblock_migratetype: the label only; free pages of the block have to be moved by the caller. */
export function setTypeOfBlock(k: Kernel, pfn: number, type: number): void {
  k.of(mmColumns).blockType.set(pfn >>> k.world.geometry.pageblockOrder, type);
}

/** How a freed block joins its list (FPI_*): at the tail where told, else by whether it may soon merge. */
export type FreeTo = "by-merge" | "tail";

/**
 * Frees a block and merges it with its free buddies as far as they go.
 *
 * - **Errors**: none; answers the head of the merged block.
 */
export function freeOnePage(k: Kernel, freed: number, freedOrder: number, to: FreeTo = "by-merge"): number {
  const mm = k.of(mmColumns);
  const zone = zoneOfPage(k, freed);
  const type = typeOfBlock(k, freed);
  let pfn = freed;
  let order = freedOrder;
  accountFreePages(k, zone, 1 << freedOrder, type);
  while (order < k.world.geometry.maxOrder) {
    const buddy = findBuddy(k, mm, zone, pfn, order);
    if (buddy < 0) break;
    const buddyType = typeOfBlock(k, buddy);
    if (buddyType !== type && !mayMerge(k, order, type, buddyType)) break;
    delFromFreeList(k, mm, zone, buddy, order, buddyType);
    if (buddyType !== type) relabel(k, buddy, order, type);
    pfn &= buddy;
    order++;
  }
  addToFreeList(k, mm, zone, pfn, order, type, to === "tail" || mergeLikely(k, mm, zone, pfn, order));
  return pfn;
}

/** Takes the first block of the smallest sufficient order of a type; -1 when there is none. */
export function rmqueueSmallest(k: Kernel, zone: number, order: number, type: number): number {
  const base = buddyList(k, zone, 0, type);
  for (let current = order; current <= k.world.geometry.maxOrder; current++) {
    const pfn = k.lists.first(base + current);
    if (pfn < 0) continue;
    takeBlock(k, pfn, current, order, type);
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
  const type = typeOfBlock(k, pfn);
  delFromFreeList(k, mm, zone, pfn, order, type);
  accountFreePages(k, zone, -(1 << order), type);
  return order;
}

/** Moves a free block to the tail of another type's list of the same order. The label is the caller's. */
export function moveToFreeList(k: Kernel, pfn: number, old: number, type: number): void {
  const order = k.of(mmColumns).buddy.get(pfn) - 1;
  const zone = zoneOfPage(k, pfn);
  k.lists.remove(buddyList(k, zone, order, old), pfn);
  k.lists.addTail(buddyList(k, zone, order, type), pfn, order);
  accountFreePages(k, zone, -(1 << order), old);
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
}

function findBuddy(k: Kernel, mm: Bound<typeof mmColumns>, zone: number, pfn: number, order: number): number {
  const buddy = pfn ^ (1 << order);
  if (buddy + (1 << order) > k.world.pages || mm.buddy.get(buddy) !== order + 1) return -1;
  return k.world.zones.length === 1 || zoneOfPage(k, buddy) === zone ? buddy : -1;
}

/** Below pageblock_order buddies share a label; above, only types that have fallbacks may mix. */
function mayMerge(k: Kernel, order: number, type: number, buddyType: number): boolean {
  return order >= k.world.geometry.pageblockOrder && isMergeable(k, type) && isMergeable(k, buddyType);
}

/** Two blocks of different type have merged: the one that was free already takes the freed one's label. */
function relabel(k: Kernel, pfn: number, order: number, type: number): void {
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
