import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { hasLabels } from "../blocks.ts";
import { atMoments, someDirtyPage } from "../pages.ts";

/** A diagnostic for designs that flush before they hand out; what decides is S3. */
export const handOutOrder: Claim = {
  id: "S5",
  kind: "safety",
  statement:
    "A request tagged secret never receives a frame whose latest clear has not been followed by a completed flush that began after it.",
  because: "The flush that was skipped or overtaken is the one that would have taken the old translation away.",
  moment: "hand-out",
  applies: hasLabels,
  check: atMoments(MOMENT.handOut, flushDue),
  recheck: atMoments(MOMENT.handOut, flushDue),
  reach: {
    statement: "A leaf is cleared, and the flush that covers it is still to come.",
    occurs: (view) => someDirtyPage(view, (pfn) => view.machine.k.promises.isDue(pfn)),
  },
};

function flushDue({ machine: { k } }: ClaimView, head: number, secret: number): Witness | undefined {
  if (secret !== 1) return undefined;
  const order = Math.max(k.ledger.order(head), 0);
  for (let pfn = head; pfn < head + (1 << order); pfn++) {
    if (!k.promises.isDue(pfn)) continue;
    return {
      pfn,
      conjunct: "a flush that began after the frame's latest clear has ended",
      operands: { pfn, request: "secret", flush: "due" },
      text: `a request tagged secret receives pfn ${pfn}, and no flush begun since its clear has ended`,
    };
  }
  return undefined;
}
