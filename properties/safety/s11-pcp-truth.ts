import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import { blockOf, hasLabels, isFlipping, someDirtyBlock } from "../blocks.ts";
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
  check: (view) => overAllPages(onWrongList)(view) ?? overAllPages(flippedInUse)(view),
  recheck: (view) => overDirtyPages(onWrongList)(view) ?? overDirtyPages(flippedInUse)(view),
  reach: {
    statement: "A pageblock is flipped.",
    occurs: (view) => someDirtyBlock(view, (block) => isFlipping(view, block)),
  },
};

function onWrongList(view: ClaimView, head: number): Witness | undefined {
  const kind = freetypeKindOf(view, head);
  return kind?.name === "pcp" ? listedWrongly(view, head, kind) : undefined;
}

function flippedInUse(view: ClaimView, pfn: number): Witness | undefined {
  const block = blockOf(view, pfn);
  if (!isFlipping(view, block)) return undefined;
  const isPcp = freetypeKindOf(view, pfn)?.name === "pcp";
  if (placeOfFrame(view, pfn) !== PLACE_ALLOCATED && !isPcp) return undefined;
  const where = isPcp ? "on a per-CPU list" : "allocated";
  return {
    pfn,
    conjunct: "no frame of a pageblock that is flipped is on a per-CPU list or allocated",
    operands: { block, pfn, frame: where },
    text: `pageblock ${block} is being flipped while pfn ${pfn} is ${where}`,
  };
}
