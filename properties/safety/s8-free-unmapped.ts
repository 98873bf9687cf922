import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import { MOMENT } from "../../model/moments.ts";
import {
  hasMoment,
  holderOf,
  isAllocatable,
  isSettled,
  overAllPages,
  overCarriedPages,
  placeOfFrame,
} from "../pages.ts";

export const freeIsUnmapped: Claim = {
  id: "S8",
  kind: "safety",
  statement:
    "A frame on a buddy or pcp list is always absent and discharged, and the design's page flag always agrees with the present bit of an allocated or queued frame.",
  because: "The allocator hands such a frame to a sensitive request without a further look.",
  moment: "list insertion, call return, end of a worker's batch",
  check: (view) => (isMoment(view) ? overAllPages(mappedOrHeld)(view) : undefined),
  recheck: (view) => (isMoment(view) ? overCarriedPages(mappedOrHeld)(view) : undefined),
  carries: isMoment,
  reach: {
    statement: "A block joins a buddy or pcp list.",
    occurs: (view) => hasMoment(view, MOMENT.listInsert),
  },
};

function isMoment(view: ClaimView): boolean {
  return hasMoment(view, MOMENT.listInsert) || hasMoment(view, MOMENT.callReturn) || hasMoment(view, MOMENT.batchEnd);
}

function mappedOrHeld(view: ClaimView, pfn: number): Witness | undefined {
  const { k } = view.machine;
  const place = placeOfFrame(view, pfn);
  if (isAllocatable(view, place)) {
    if (k.hw.isPresent(pfn)) {
      return {
        pfn,
        conjunct: "the leaf of a frame on a free list is absent",
        operands: { pfn, leaf: "present" },
        text: `pfn ${pfn} is on a free list and its leaf is present`,
      };
    }
    const holder = holderOf(view, pfn);
    if (holder === undefined) return undefined;
    return {
      pfn,
      ...holder,
      conjunct: "a frame on a free list is discharged",
      operands: { pfn, ...holder },
      text: `pfn ${pfn} is on a free list while cpu${holder.cpu} may still hold its translation`,
    };
  }
  return isSettled(view, place) ? flagLie(view, pfn, place) : undefined;
}

function flagLie(view: ClaimView, pfn: number, place: number): Witness | undefined {
  const { pageFlag } = view.design;
  if (pageFlag === undefined) return undefined;
  const { k, state } = view.machine;
  const flag = state.column(pageFlag).get(pfn) === 1;
  if (flag === k.hw.isPresent(pfn)) return undefined;
  const where = place === PLACE_ALLOCATED ? "allocated" : "queued";
  return {
    pfn,
    conjunct: "the page flag of an allocated or queued frame agrees with its leaf",
    operands: { pfn, frame: where, flag: flag ? "mapped" : "unmapped", leaf: flag ? "absent" : "present" },
    text: `pfn ${pfn} is ${where}, its flag says ${flag ? "mapped" : "unmapped"} and its leaf says otherwise`,
  };
}
