import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { atMoments, holderOf } from "../pages.ts";

export const secretHandOut: Claim = {
  id: "S16a",
  kind: "safety",
  statement: "What a request tagged secret receives is always discharged.",
  because: "The caller writes its secret the moment it has the page.",
  moment: "hand-out",
  check: atMoments(MOMENT.handOut, undischarged),
  recheck: atMoments(MOMENT.handOut, undischarged),
  reach: {
    statement: "A request tagged secret receives a frame.",
    occurs: (view) =>
      atMoments(MOMENT.handOut, (_view, pfn, secret) => (secret === 1 ? { pfn, text: "" } : undefined))(view) !==
      undefined,
  },
};

function undischarged(view: ClaimView, head: number, secret: number): Witness | undefined {
  if (secret !== 1) return undefined;
  const order = Math.max(view.machine.k.ledger.order(head), 0);
  for (let pfn = head; pfn < head + (1 << order); pfn++) {
    const holder = holderOf(view, pfn);
    if (holder === undefined) continue;
    return {
      pfn,
      ...holder,
      conjunct: "every frame that a request tagged secret receives is discharged",
      operands: { pfn, request: "secret", ...holder },
      text: `a request tagged secret receives pfn ${pfn} while cpu${holder.cpu} may still hold its translation`,
    };
  }
  return undefined;
}
