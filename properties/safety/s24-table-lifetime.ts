import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import { allocatesTables } from "../direct-map.ts";
import { isAllocatable, overAllPages, overDirtyPages, placeOfFrame, someDirtyPage } from "../pages.ts";

export const tablesOutliveWalks: Claim = {
  id: "S24",
  kind: "safety",
  statement:
    "A frame that was a page table is never on a free list, nor given to anybody, while some CPU, a lazy one included, may still walk it.",
  because: "The next owner's data would be read as page-table entries: whoever writes them chooses what the CPU reads.",
  moment: "every state",
  applies: allocatesTables,
  check: overAllPages(walked),
  recheck: overDirtyPages(walked),
  reach: {
    statement: "A table has been taken out of the tables, and some CPU may still walk it.",
    occurs: (view) => someDirtyPage(view, (pfn) => view.machine.k.spaces.walkedTableOf(pfn) >= 0),
  },
};

function walked(view: ClaimView, pfn: number): Witness | undefined {
  const block = view.machine.k.spaces.walkedTableOf(pfn);
  if (block < 0) return undefined;
  const place = placeOfFrame(view, pfn);
  if (place !== PLACE_ALLOCATED && !isAllocatable(view, place)) return undefined;
  const where = place === PLACE_ALLOCATED ? "handed out" : "on a free list";
  return {
    pfn,
    conjunct: "no CPU may still walk a table whose frame is free or given away",
    operands: { pfn, frame: where, tableOf: `block ${block}` },
    text: `pfn ${pfn} is ${where}, and some CPU may still walk it as the table of block ${block}`,
  };
}
