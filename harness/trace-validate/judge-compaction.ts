import type { BuddyEvent } from "./buddy-event.ts";
import type { Block } from "./free-map.ts";
import { WHERE } from "./page-states.ts";
import type { Shadow } from "./shadow.ts";
import type { Rule } from "./verdict.ts";

/** How far apart the scanner looks: every page, or, in async mode and after fruitless pageblocks, up to every 32nd. */
const STRIDES = [1, 2, 4, 8, 16, 32] as const;

/**
 * Judges `mm_compaction_isolate_freepages`, which tells a range, a number of looks and a number of pages, but names none.
 *
 * The scanner takes every free block that it looks at, and how often it looked tells its stride: so what leaves is known. If
 * those blocks hold more pages than were taken, the rest had left before, by the fast search.
 *
 * - **Source**: `isolate_freepages_block()`; the event is printed after zone->lock is dropped.
 */
export const isolationRule: Rule = {
  object: (shadow, event) => {
    if (isEnough(shadow, event)) return undefined;
    makeSomeFree(shadow, event, WHERE.presumed);
    makeSomeFree(shadow, event, WHERE.freed);
    return isEnough(shadow, event) ? undefined : { reason: "isolated-too-much", where: event.pfn, instead: "" };
  },
  apply: (shadow, event) => {
    shadow.runs.taken(shadow.free.zoneOf(event.pfn), event.taken);
    let left = event.taken;
    for (const { pfn, order } of looksAt(shadow, event)) {
      shadow.leaveUnnamed(pfn, order, left > 0 ? "isolate_freepages" : "fast_isolate_freepages");
      left -= 2 ** order;
    }
  },
};

/**
 * A look that finds a block of n pages counts n and moves on by n - 1 more: looks * stride is about the range's length less
 * what was taken. The stride is the power of two that fits best; pages of compound allocations are skipped unseen, which can
 * only make it look larger, so an exact fit of a smaller one is preferred.
 */
function looksAt(shadow: Shadow, event: BuddyEvent): Block[] {
  const { pfn, end, scanned, taken } = event;
  const stride = (end - pfn - taken + 1) / Math.max(1, scanned - taken + 1);
  const best = STRIDES.reduce((a, b) => (Math.abs(Math.log2(stride / b)) < Math.abs(Math.log2(stride / a)) ? b : a));
  const found = blocksIn(shadow, pfn, end, best);
  if (pagesOf(found) >= taken) return found;
  return STRIDES.map((other) => blocksIn(shadow, pfn, end, other)).find((other) => pagesOf(other) === taken) ?? found;
}

function isEnough(shadow: Shadow, event: BuddyEvent): boolean {
  return pagesOf(looksAt(shadow, event)) >= event.taken;
}

/** Fewer pages are known to be free than were taken: assumptions were wrong, or freed pages had come back unnamed. */
function makeSomeFree(shadow: Shadow, event: BuddyEvent, where: typeof WHERE.presumed | typeof WHERE.freed): void {
  for (let at = event.pfn; at < event.end && !isEnough(shadow, event); at++) {
    const unit = shadow.pages.unitOf(at, where);
    if (unit < 0) continue;
    if (where === WHERE.presumed) shadow.withdraw(unit);
    else shadow.returnUnnamed(unit);
  }
}

/** The free blocks that a scan of [start, end) comes upon. */
function blocksIn(shadow: Shadow, start: number, end: number, stride: number): Block[] {
  const blocks: Block[] = [];
  for (let pfn = start; pfn < end; pfn += stride) {
    const order = shadow.free.orderAt(pfn);
    if (order < 0) continue;
    blocks.push({ pfn, order });
    pfn += 2 ** order - 1;
  }
  return blocks;
}

function pagesOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { order }) => sum + 2 ** order, 0);
}
