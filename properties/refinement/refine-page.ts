import { explainPageStep, pageRefinement, pageRefinementDischarged } from "../../machines/refinement.ts";
import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { overAllPages, overDirtyPages, someDirtyPage } from "../pages.ts";

const PAIRS = 18;

export const refinesPage: Claim = {
  id: "REFINE-page",
  kind: "refinement",
  statement: "Every step of the implementation always moves each page along edges of the page and content charts.",
  because: "What was proved of the charts is claimed of the design only while its steps are theirs.",
  moment: "every step",
  check: overAllPages(unmatched),
  recheck: overDirtyPages(unmatched),
  reach: {
    statement: "A page changes its abstract state.",
    occurs: (view) => someDirtyPage(view, (pfn) => view.alpha[pfn] !== view.alphaAfter[pfn]),
  },
};

function unmatched(view: ClaimView, pfn: number): Witness | undefined {
  const { k } = view.machine;
  const before = view.alpha[pfn] as number;
  const after = view.alphaAfter[pfn] as number;
  if (before === after || pageRefinement[before * PAIRS + after] === 1) return undefined;
  const discharged = k.hw.discharged(pfn);
  if (discharged && pageRefinementDischarged[before * PAIRS + after] === 1) return undefined;
  const text = explainPageStep(Math.floor(before / 3), before % 3, Math.floor(after / 3), after % 3, discharged);
  return {
    pfn,
    conjunct: "the page moves along an edge of the page and content charts",
    operands: { pfn, discharged: discharged ? "yes" : "no", step: text },
    text: `pfn ${pfn}: ${text}`,
  };
}
