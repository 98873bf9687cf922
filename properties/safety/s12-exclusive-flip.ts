import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { blockOf, hasLabels, isFlipping, someDirtyBlock } from "../blocks.ts";
import { atMoments, isAllocatable, overAllPages, overDirtyPages, placeOfFrame } from "../pages.ts";

export const exclusiveFlip: Claim = {
  id: "S12",
  kind: "safety",
  statement:
    "A pageblock is never flipped by two CPUs at once, never labelled by another than its flipper, and no frame of it is ever on a list meanwhile.",
  because: "What one CPU has cleared another takes for flushed, or hands out.",
  moment: "every state in which somebody flips the block; every beginning and end of a flip",
  applies: hasLabels,
  check: (view) => atMoments(MOMENT.flipConflict, conflict)(view) ?? overAllPages(listed)(view),
  recheck: (view) => atMoments(MOMENT.flipConflict, conflict)(view) ?? overDirtyPages(listed)(view),
  reach: {
    statement: "A pageblock is flipped.",
    occurs: (view) => someDirtyBlock(view, (block) => isFlipping(view, block)),
  },
};

function conflict(_view: ClaimView, block: number, cpu: number): Witness | undefined {
  return {
    cpu,
    conjunct: "a pageblock is flipped and labelled by one CPU at a time",
    operands: { cpu, block },
    text: `cpu${cpu} flips or labels pageblock ${block}, which is another CPU's to flip`,
  };
}

function listed(view: ClaimView, pfn: number): Witness | undefined {
  const block = blockOf(view, pfn);
  if (!isFlipping(view, block) || !isAllocatable(view, placeOfFrame(view, pfn))) return undefined;
  return {
    pfn,
    conjunct: "no frame of a pageblock that is flipped is on a free list",
    operands: { block, pfn, frame: "on a free list" },
    text: `pageblock ${block} is being flipped while pfn ${pfn} is on a free list`,
  };
}
