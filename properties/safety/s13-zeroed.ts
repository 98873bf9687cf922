import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { TAG_SECRET } from "../../model/hardware-columns.ts";
import { MOMENT } from "../../model/moments.ts";
import { printTag } from "../../model/sorts.ts";
import { atMoments, hasMoment } from "../pages.ts";

export const mappedIsZeroed: Claim = {
  id: "S13",
  kind: "safety",
  statement: "A present bit of the shared protected map is never stored over a frame that still holds a secret.",
  because: "The old owner's data would become readable in every protected context at that instant.",
  moment: "every store of a present bit",
  check: atMoments(MOMENT.presentStore, exposed),
  recheck: atMoments(MOMENT.presentStore, exposed),
  reach: {
    statement: "A frame that held a secret is zeroed before it is mapped.",
    occurs: (view) => hasMoment(view, MOMENT.secretZeroed) || hasExposure(view),
  },
};

function exposed(_view: ClaimView, pfn: number, tag: number): Witness | undefined {
  if (tag < TAG_SECRET) return undefined;
  return {
    pfn,
    conjunct: "the frame holds no secret when its leaf is set present",
    operands: { pfn, holds: printTag(tag) },
    text: `the leaf of pfn ${pfn} is set present while the frame holds ${printTag(tag)}`,
  };
}

function hasExposure(view: ClaimView): boolean {
  return atMoments(MOMENT.presentStore, exposed)(view) !== undefined;
}
