import type { FreeBlock } from "../../model/software.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { TraceZone } from "../trace/meta.ts";
import type { FairStart } from "./fair-start.ts";
import type { FirstSight } from "./first-sight.ts";

/** What is free when the replay begins: maximal aligned blocks, ascending. */
export interface StartState {
  readonly source: "recorded" | "inferred";
  readonly free: readonly FreeBlock[];
  readonly pagesFree: number;
  /** What two readings ahead told; absent where the trace was not read ahead. */
  readonly fair?: FairStart;
}

/** The start state that was recorded beside the trace. Pages on per-CPU lists are not in it and count as allocated. */
export function recordedStart(blocks: FreeBlocks, fair?: FairStart): StartState {
  const free = Array.from({ length: blocks.count }, (_, i) => ({
    pfn: blocks.pfn[i] as number,
    order: blocks.order[i] as number,
  }));
  return { source: "recorded", free, pagesFree: blocks.pages, ...(fair === undefined ? {} : { fair }) };
}

/** Every page of the zones is free but those that the trace frees before it allocates them. */
export function inferredStart(sight: FirstSight, zones: readonly TraceZone[], maxOrder: number): StartState {
  const free: FreeBlock[] = [];
  let pagesFree = 0;
  for (const { startPfn, spanned } of zones) {
    let start = startPfn;
    for (let pfn = startPfn; pfn <= startPfn + spanned; pfn++) {
      if (pfn < startPfn + spanned && !sight.isFreedFirst(pfn)) continue;
      pagesFree += pfn - start;
      cutIntoBlocks(start, pfn, maxOrder, free);
      start = pfn + 1;
    }
  }
  return { source: "inferred", free, pagesFree };
}

/** Cuts a run of pages into the fewest aligned blocks, as the buddy allocator would hold it. */
function cutIntoBlocks(start: number, end: number, maxOrder: number, into: FreeBlock[]): void {
  for (let pfn = start; pfn < end; ) {
    let order = 0;
    while (order < maxOrder && pfn % 2 ** (order + 1) === 0 && pfn + 2 ** (order + 1) <= end) order++;
    into.push({ pfn, order });
    pfn += 2 ** order;
  }
}
