import { PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, TYPE } from "./rules.ts";
import type { Shadow } from "./shadow.ts";

/** Pageblocks remembered; beyond these a reserve that shows up later is not explained. */
const PAGEBLOCKS_MAX = 65_536;

/**
 * Pageblocks that may have been put into the reserve for high-order atomic requests, which no event tells.
 *
 * The reserve takes the pageblock of a block of order 1 or more that an atomic request was given in the slow path, just
 * before the request's `mm_page_alloc`. That is the licence; it is used when an event is impossible without.
 *
 * - **Source**: `reserve_highatomic_pageblock()`, `unreserve_highatomic_pageblock()` in mm/page_alloc.c.
 */
export class HighAtomicReserve {
  private readonly candidates = new Set<number>();

  /** An atomic request was given a block here. */
  mayReserve(pfn: number): void {
    if (this.candidates.size < PAGEBLOCKS_MAX) this.candidates.add(pfn >> PAGEBLOCK_ORDER);
  }

  /** Moves the page's pageblock into the reserve, or out of it to `type`, if the recording licenses that. */
  explains(shadow: Shadow, pfn: number, type: number): boolean {
    if (type === TYPE.highAtomic) {
      if (!this.candidates.delete(pfn >> PAGEBLOCK_ORDER)) return false;
      shadow.note("reserve_highatomic_pageblock", PAGEBLOCK_ORDER, 1);
    } else {
      if (shadow.free.pageblocksOf(pfn, 0) !== 1 << TYPE.highAtomic) return false;
      shadow.note("unreserve_highatomic_pageblock", PAGEBLOCK_ORDER, 1);
    }
    shadow.pageblocksChangeHands(pfn, 0, type);
    shadow.free.moveBlocksOf(pfn & -PAGEBLOCK_PAGES, 1 << type);
    return true;
  }
}
