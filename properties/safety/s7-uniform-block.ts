import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import {
  endOfBlock,
  firstPageOf,
  hasLabels,
  isFlipping,
  overAllBlocks,
  overDirtyBlocks,
  someDirtyBlock,
} from "../blocks.ts";

export const uniformBlock: Claim = {
  id: "S7",
  kind: "safety",
  statement: "All frames of a pageblock that nobody flips are always present in the protected map, or none is.",
  because: "One label for the block cannot tell the truth about two kinds of frames.",
  moment: "every state in which nobody flips the block",
  applies: hasLabels,
  check: overAllBlocks(mixed),
  recheck: overDirtyBlocks(mixed),
  reach: {
    statement:
      "Some frames of a pageblock that is being flipped are present and others are not, or all have changed at once.",
    occurs: (view) => someDirtyBlock(view, (block) => isFlipping(view, block)),
  },
};

function mixed(view: ClaimView, block: number): Witness | undefined {
  if (isFlipping(view, block)) return undefined;
  const { hw } = view.machine.k;
  const first = firstPageOf(view, block);
  const [end, wanted] = [endOfBlock(view, block), hw.isPresent(first)];
  for (let pfn = first + 1; pfn < end; pfn++) {
    if (hw.isPresent(pfn) === wanted) continue;
    return {
      pfn,
      conjunct: "all frames of a pageblock that nobody flips are present, or none is",
      operands: { block, first, pfn, firstLeaf: presence(!hw.isPresent(pfn)), leaf: presence(hw.isPresent(pfn)) },
      text: `in pageblock ${block} pfn ${first} and pfn ${pfn} differ in presence, and nobody flips it`,
    };
  }
  return undefined;
}

function presence(present: boolean): string {
  return present ? "present" : "absent";
}
