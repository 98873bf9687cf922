import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import {
  endOfBlock,
  firstPageOf,
  hasLabels,
  isFlipping,
  overAllBlocks,
  overDirtyBlocks,
  someDirtyBlock,
} from "../blocks.ts";
import { freetypeKindOf, listedWrongly } from "../listed-flags.ts";
import { overAllPages, overDirtyPages, placeOfFrame } from "../pages.ts";

export const pcpTruth: Claim = {
  id: "S11",
  kind: "structure",
  statement:
    "A page on a per-CPU list is always of that list's label, and a pageblock is never flipped while a frame of it is on a per-CPU list or allocated.",
  because: "Per-CPU lists are served without a look at the block, and an owner does not expect his memory to change.",
  moment: "every state",
  applies: hasLabels,
  check: (view) => overAllPages(onWrongList)(view) ?? overAllBlocks(flippedInUse)(view),
  recheck: (view) => overDirtyPages(onWrongList)(view) ?? overDirtyBlocks(flippedInUse)(view),
  reach: {
    statement: "A pageblock is flipped.",
    occurs: (view) => someDirtyBlock(view, (block) => isFlipping(view, block)),
  },
};

function onWrongList(view: ClaimView, head: number): Witness | undefined {
  const kind = freetypeKindOf(view, head);
  return kind?.name === "pcp" ? listedWrongly(view, head, kind) : undefined;
}

function flippedInUse(view: ClaimView, block: number): Witness | undefined {
  if (!isFlipping(view, block)) return undefined;
  for (let pfn = firstPageOf(view, block); pfn < endOfBlock(view, block); pfn++) {
    const place = placeOfFrame(view, pfn);
    const isPcp = freetypeKindOf(view, pfn)?.name === "pcp";
    if (place !== PLACE_ALLOCATED && !isPcp) continue;
    const where = isPcp ? "on a per-CPU list" : "allocated";
    return {
      pfn,
      conjunct: "no frame of a pageblock that is flipped is on a per-CPU list or allocated",
      operands: { block, pfn, frame: where },
      text: `pageblock ${block} is being flipped while pfn ${pfn} is ${where}`,
    };
  }
  return undefined;
}
