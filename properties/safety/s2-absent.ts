import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { ASKED_SENSITIVE } from "../../model/ledger.ts";
import { overAllPages, overDirtyPages, someDirtyPage } from "../pages.ts";

export const sensitiveAbsent: Claim = {
  id: "S2",
  kind: "safety",
  statement: "A frame allocated as sensitive is never present in the protected map.",
  because: "Its owner's secret would be readable from every protected context, no TLB needed.",
  moment: "every state",
  check: overAllPages(presentSensitive),
  recheck: overDirtyPages(presentSensitive),
  reach: {
    statement: "A frame is allocated as sensitive.",
    occurs: (view) => someDirtyPage(view, (pfn) => view.machine.k.ledger.asked(pfn) === ASKED_SENSITIVE),
  },
};

function presentSensitive(view: ClaimView, pfn: number): Witness | undefined {
  const { k } = view.machine;
  if (k.ledger.asked(pfn) !== ASKED_SENSITIVE || !k.hw.isPresent(pfn)) return undefined;
  return {
    pfn,
    conjunct: "the leaf of a frame allocated as sensitive is absent",
    operands: { pfn, asked: "sensitive", leaf: "present" },
    text: `pfn ${pfn} is allocated as sensitive and its leaf is present in the protected map`,
  };
}
