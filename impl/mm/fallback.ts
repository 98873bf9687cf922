import type { Kernel } from "../../model/kernel.ts";
import { buddyList, rmqueueSmallest, takeBlock, typeOfBlock } from "./buddy.ts";
import { mmColumns } from "./columns.ts";
import { FALLBACKS, MIGRATE_MOVABLE } from "./freetype.ts";

/**
 * Serves a request from the lists of another type: the largest block first, claiming the whole pageblock where that is
 * worth it, else stealing the one page.
 *
 * - **Leaves out**: ALLOC_NOFRAGMENT, the second pass that looks for the smallest block, boosted watermarks.
 * - **Source**: `__rmqueue_fallback()`, `steal_suitable_fallback()`, `can_steal_fallback()` in mm/page_alloc.c.
 */
export function claimFallback(k: Kernel, zone: number, order: number, type: number): number {
  for (let current = k.world.geometry.maxOrder; current >= order; current--) {
    for (const other of FALLBACKS[type] ?? []) {
      const pfn = k.lists.first(buddyList(k, zone, current, other));
      if (pfn >= 0) return steal(k, zone, pfn, current, order, type, other);
    }
  }
  return -1;
}

function steal(
  k: Kernel,
  zone: number,
  pfn: number,
  current: number,
  order: number,
  type: number,
  other: number,
): number {
  const { pageblockOrder } = k.world.geometry;
  const worthwhile = current >= pageblockOrder >> 1 || type !== MIGRATE_MOVABLE;
  if (current >= pageblockOrder) {
    relabelBlocks(k, zone, pfn, current, type, other);
    return takeBlock(k, pfn, current, order, type);
  }
  if (worthwhile && claimBlock(k, zone, pfn, type)) return rmqueueSmallest(k, zone, order, type);
  return takeBlock(k, pfn, current, order, other);
}

function relabelBlocks(k: Kernel, zone: number, pfn: number, order: number, type: number, other: number): void {
  const mm = k.of(mmColumns);
  const first = pfn >>> k.world.geometry.pageblockOrder;
  for (let i = 0; i < 1 << (order - k.world.geometry.pageblockOrder); i++) mm.blockType.set(first + i, type);
  k.lists.remove(buddyList(k, zone, order, other), pfn);
  k.lists.addHead(buddyList(k, zone, order, type), pfn, order);
}

/** Moves the pageblock's free pages to the lists of `type`, and its label too, if at least half of it is free. */
function claimBlock(k: Kernel, zone: number, pfn: number, type: number): boolean {
  const mm = k.of(mmColumns);
  const size = 1 << k.world.geometry.pageblockOrder;
  const start = pfn & ~(size - 1);
  const old = typeOfBlock(k, pfn);
  const heads: number[] = [];
  let free = 0;
  for (let at = start; at < Math.min(start + size, k.world.pages); at++) {
    const order = mm.buddy.get(at) - 1;
    if (order < 0) continue;
    heads.push(at);
    free += 1 << order;
    at += (1 << order) - 1;
  }
  if (free < size / 2) return false;
  for (const head of heads) {
    const order = mm.buddy.get(head) - 1;
    k.lists.remove(buddyList(k, zone, order, old), head);
    k.lists.addTail(buddyList(k, zone, order, type), head, order);
  }
  mm.blockType.set(start >>> k.world.geometry.pageblockOrder, type);
  return true;
}
