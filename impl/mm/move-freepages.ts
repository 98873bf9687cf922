import type { Kernel } from "../../model/kernel.ts";
import { USE_KERNEL } from "../../model/ledger.ts";
import { buddyOrder, moveToFreeList, setTypeOfBlock } from "./buddy.ts";
import { allocatedHeadOf } from "./isolation/page-state.ts";
import { layoutOf } from "./mm-layout.ts";
import { zoneSpans } from "./zones.ts";

/**
 * Moving the free pages of a pageblock to the lists of another type; each function runs under zone->lock.
 *
 * - **Shapes, units**: pageblocks by any pfn in them; types are freetypes; counts are pages.
 * - **Source**: mm/page_alloc.c v6.12: `prep_move_freepages_block()`, `__move_freepages_block()`, `move_freepages_block()`;
 *   v6.1: `move_freepages()`, `move_freepages_block()`.
 */

/** What a pageblock holds besides memory that stays where it is. */
export interface BlockContents {
  readonly free: number;
  /** Pages that could be migrated: page cache, anonymous memory, movable pages of drivers. Not verified by trying. */
  readonly movable: number;
}

/** First pfn of the pageblock, or -1 if it reaches beyond the zone, whose lock is the only one held. */
export function prepMoveFreepagesBlock(k: Kernel, zone: number, pfn: number): number {
  const size = 1 << k.world.geometry.pageblockOrder;
  const start = pfn & ~(size - 1);
  return zoneSpans(k, zone, start) && zoneSpans(k, zone, start + size - 1) ? start : -1;
}

/** Counts what is free and what is movable from `start` to the end of its pageblock. Cost: O(pageblock). */
export function blockContents(k: Kernel, start: number): BlockContents {
  const end = endOfBlock(k, start);
  let free = 0;
  let movable = 0;
  for (let pfn = start; pfn < end; ) {
    const order = buddyOrder(k, pfn);
    if (order >= 0) {
      free += 1 << order;
      pfn += 1 << order;
      continue;
    }
    const head = allocatedHeadOf(k, pfn);
    const next = head < 0 ? pfn + 1 : Math.min(head + (1 << k.ledger.order(head)), end);
    if (head >= 0 && k.ledger.use(head) !== USE_KERNEL) movable += next - pfn;
    pfn = next;
  }
  return { free, movable };
}

/**
 * Moves the free pages of a pageblock from the lists of one type to the tails of another's, and its label with them.
 *
 * 6.1 moves, and leaves the label to the caller; where the block begins below the zone it moves what lies behind `pfn`.
 *
 * - **Errors**: -1 for a block that reaches beyond the zone (0 in 6.1); else the number of pages moved.
 */
export function moveFreepagesBlock(k: Kernel, zone: number, pfn: number, old: number, type: number): number {
  if (layoutOf(k.world).v61) {
    const from = firstMovableFrom(k, zone, pfn);
    return from < 0 ? 0 : moveFreepages(k, from, old, type);
  }
  const start = prepMoveFreepagesBlock(k, zone, pfn);
  if (start < 0) return -1;
  const moved = moveFreepages(k, start, old, type);
  setTypeOfBlock(k, start, type);
  return moved;
}

/** Where 6.1 begins to move: at the block's first pfn, or at `pfn` where the zone does; -1 if the zone ends in the block. */
export function firstMovableFrom(k: Kernel, zone: number, pfn: number): number {
  const start = pfn & ~((1 << k.world.geometry.pageblockOrder) - 1);
  if (!zoneSpans(k, zone, endOfBlock(k, pfn) - 1)) return -1;
  return zoneSpans(k, zone, start) ? start : pfn;
}

/** Moves the free blocks from `start` to the end of its pageblock. */
export function moveFreepages(k: Kernel, start: number, old: number, type: number): number {
  const end = endOfBlock(k, start);
  let moved = 0;
  for (let pfn = start; pfn < end; ) {
    const order = buddyOrder(k, pfn);
    if (order >= 0) {
      moveToFreeList(k, pfn, old, type);
      moved += 1 << order;
    }
    pfn += 1 << Math.max(order, 0);
  }
  return moved;
}

function endOfBlock(k: Kernel, pfn: number): number {
  const size = 1 << k.world.geometry.pageblockOrder;
  return (pfn & ~(size - 1)) + size;
}
