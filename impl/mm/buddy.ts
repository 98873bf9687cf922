import type { Bound } from "../../model/column.ts";
import type { Kernel } from "../../model/kernel.ts";
import { KIND_BUDDY, mmColumns } from "./columns.ts";

/**
 * The buddy lists of one zone: what runs under zone->lock, each function inside one micro-step of its caller.
 *
 * - **Shapes, units**: blocks by head pfn and order (log2 of pages); a freetype is a small index.
 * - **Leaves out**: watermarks, HIGHATOMIC, CMA, ISOLATE (docs/modelling.md).
 * - **Source**: mm/page_alloc.c v6.12: `__free_one_page()`, `__rmqueue_smallest()`, `expand()`, `buddy_merge_likely()`.
 */

/** The list of free blocks of one order and freetype. */
export function buddyList(k: Kernel, order: number, type: number): number {
  return (k.world.lists.base[KIND_BUDDY] ?? 0) + type * (k.world.geometry.maxOrder + 1) + order;
}

export function typeOfBlock(k: Kernel, pfn: number): number {
  return k.of(mmColumns).blockType.get(pfn >>> k.world.geometry.pageblockOrder);
}

/** Frees a block and merges it with its free buddies as far as they go. */
export function freeOnePage(k: Kernel, freed: number, freedOrder: number): void {
  const mm = k.of(mmColumns);
  let pfn = freed;
  let order = freedOrder;
  while (order < k.world.geometry.maxOrder) {
    const buddy = findBuddy(k, mm, pfn, order);
    if (buddy < 0) break;
    delFromFreeList(k, mm, buddy, order, typeOfBlock(k, buddy));
    pfn &= buddy;
    order++;
  }
  const type = typeOfBlock(k, pfn);
  relabelMerged(k, mm, pfn, order, type);
  mm.nrFree.set(0, mm.nrFree.get(0) + (1 << freedOrder));
  mm.buddy.set(pfn, order + 1);
  const list = buddyList(k, order, type);
  if (mergeLikely(k, mm, pfn, order)) k.lists.addTail(list, pfn, order);
  else k.lists.addHead(list, pfn, order);
}

export function rmqueueSmallest(k: Kernel, order: number, type: number): number {
  for (let current = order; current <= k.world.geometry.maxOrder; current++) {
    const pfn = k.lists.first(buddyList(k, current, type));
    if (pfn >= 0) return takeBlock(k, pfn, current, order, type);
  }
  return -1;
}

/** Takes a known free block off its list, gives the unneeded halves back, and accounts for what left. */
export function takeBlock(k: Kernel, pfn: number, from: number, order: number, type: number): number {
  const mm = k.of(mmColumns);
  delFromFreeList(k, mm, pfn, from, type);
  for (let half = from - 1; half >= order; half--) {
    const upper = pfn + (1 << half);
    mm.buddy.set(upper, half + 1);
    k.lists.addHead(buddyList(k, half, type), upper, half);
  }
  mm.nrFree.set(0, mm.nrFree.get(0) - (1 << order));
  return pfn;
}

function delFromFreeList(k: Kernel, mm: Bound<typeof mmColumns>, pfn: number, order: number, type: number): void {
  k.lists.remove(buddyList(k, order, type), pfn);
  mm.buddy.set(pfn, 0);
}

function findBuddy(k: Kernel, mm: Bound<typeof mmColumns>, pfn: number, order: number): number {
  const buddy = pfn ^ (1 << order);
  return buddy + (1 << order) <= k.world.pages && mm.buddy.get(buddy) === order + 1 ? buddy : -1;
}

/** Above pageblock_order two blocks of different type may have merged; the upper one takes the lower one's label. */
function relabelMerged(k: Kernel, mm: Bound<typeof mmColumns>, pfn: number, order: number, type: number): void {
  const { pageblockOrder } = k.world.geometry;
  if (order <= pageblockOrder || k.world.freetypes === 1) return;
  const first = pfn >>> pageblockOrder;
  for (let i = 0; i < 1 << (order - pageblockOrder); i++) mm.blockType.set(first + i, type);
}

/** The next higher buddy is free as well: put this block last, it may soon be merged. */
function mergeLikely(k: Kernel, mm: Bound<typeof mmColumns>, pfn: number, order: number): boolean {
  if (order >= k.world.geometry.maxOrder - 1) return false;
  const higher = pfn & ~(1 << order);
  return findBuddy(k, mm, higher, order + 1) >= 0;
}
