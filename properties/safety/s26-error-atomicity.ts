import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { PLACE_IN_HAND } from "../../model/lists.ts";
import { MOMENT } from "../../model/moments.ts";
import {
  blockOf,
  endOfBlock,
  firstPageOf,
  hasLabels,
  isFlipping,
  overAllBlocks,
  overDirtyBlocks,
  saysSensitive,
} from "../blocks.ts";
import { atMoments, isAllocatable, placeOfFrame } from "../pages.ts";

export const errorAtomicity: Claim = {
  id: "S26",
  kind: "safety",
  statement:
    "A flip that fails always leaves its pageblock mapped as the label says, all of it, or takes it out of circulation.",
  because: "The rest of the allocator goes by the label, and was not told that something went wrong.",
  moment: "every state in which nobody flips the block and a frame of it is on a free list",
  applies: hasLabels,
  check: overAllBlocks(halfDone),
  recheck: overDirtyBlocks(halfDone),
  reach: {
    statement: "A leaf of a pageblock that is being flipped, and is still labelled sensitive, is cleared again.",
    occurs: (view) => atMoments(MOMENT.presentClear, isUndone)(view) !== undefined,
  },
};

function isUndone(view: ClaimView, pfn: number): Witness | undefined {
  const block = blockOf(view, pfn);
  return isFlipping(view, block) && saysSensitive(view, block) ? { pfn, text: "" } : undefined;
}

function halfDone(view: ClaimView, block: number): Witness | undefined {
  if (isFlipping(view, block)) return undefined;
  const sensitive = saysSensitive(view, block);
  let wrong = -1;
  let listed = false;
  for (let pfn = firstPageOf(view, block); pfn < endOfBlock(view, block); pfn++) {
    if (view.machine.k.hw.isPresent(pfn) === sensitive) wrong = pfn;
    const place = placeOfFrame(view, pfn);
    if (place !== PLACE_IN_HAND && isAllocatable(view, place)) listed = true;
  }
  if (wrong < 0 || !listed) return undefined;
  const label = sensitive ? "sensitive" : "nonsensitive";
  const is = sensitive ? "present" : "absent";
  return {
    pfn: wrong,
    conjunct: "every leaf of a pageblock in circulation is as its label says",
    operands: { block, label, pfn: wrong, leaf: is },
    text: `pageblock ${block} is in circulation as ${label}, and the leaf of pfn ${wrong} is ${is}`,
  };
}
