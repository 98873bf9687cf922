import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { isSplitting, splitsLeaves } from "../direct-map.ts";
import { atMoments, hasMoment } from "../pages.ts";

export const wholeLeavesOnly: Claim = {
  id: "S27",
  kind: "safety",
  statement: "What is unmapped is always a union of whole leaves: a part of a large leaf is never cleared unsplit.",
  because:
    "There is no smaller entry to clear: the whole leaf goes, and everybody else in it faults on every access, or the part stays readable.",
  moment: "every clear of a leaf",
  applies: splitsLeaves,
  check: atMoments(MOMENT.leafCut, cut),
  recheck: atMoments(MOMENT.leafCut, cut),
  reach: {
    statement: "A page under a large leaf is unmapped or changed by itself.",
    occurs: (view) => hasMoment(view, MOMENT.leafCut) || isSplitting(view.machine.k, view.machine.k.cpu),
  },
};

function cut(_view: ClaimView, pfn: number, block: number): Witness {
  return {
    pfn,
    conjunct: "a part of a large leaf is cleared only once it is split",
    operands: { pfn, block },
    text: `clearing pfn ${pfn} takes away the leaf that maps all of block ${block}`,
  };
}
