import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { ASKED_NOTHING, ASKED_SENSITIVE } from "../../model/ledger.ts";
import { holderOf, overAllPages, overDirtyPages, someDirtyPage } from "../pages.ts";

export const sensitiveDischarged: Claim = {
  id: "S3",
  kind: "safety",
  statement:
    "A frame allocated as sensitive is always discharged: no CPU holds an entry for it that it could use before an invalidation.",
  because: "A stale entry is as good as a mapping.",
  moment: "every state",
  check: overAllPages(undischargedSensitive),
  recheck: overDirtyPages(undischargedSensitive),
  reach: {
    statement: "A frame that nobody owns is absent while some CPU may still hold it.",
    occurs: (view) =>
      someDirtyPage(view, (pfn) => {
        const { k } = view.machine;
        return k.ledger.asked(pfn) === ASKED_NOTHING && !k.hw.isPresent(pfn) && !k.hw.discharged(pfn);
      }),
  },
};

function undischargedSensitive(view: ClaimView, pfn: number): Witness | undefined {
  const { k } = view.machine;
  if (k.ledger.asked(pfn) !== ASKED_SENSITIVE) return undefined;
  const holder = holderOf(view, pfn);
  if (holder === undefined) return undefined;
  return {
    pfn,
    ...holder,
    conjunct: "no CPU may still use an entry for a frame allocated as sensitive",
    operands: { pfn, asked: "sensitive", ...holder },
    text: `pfn ${pfn} is allocated as sensitive while cpu${holder.cpu}, context ${holder.context}, may still hold its translation`,
  };
}
