import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { isSplitting, splitsLeaves } from "../direct-map.ts";
import { atMoments, hasMoment } from "../pages.ts";

export const oneLeafSize: Claim = {
  id: "S25",
  kind: "safety",
  statement:
    "A leaf is never stored while some CPU may use an entry of another size for the same addresses: clear, flush, store.",
  because: "What a CPU does with two sizes for one address is undefined, up to a machine check.",
  moment: "every store of a present leaf",
  applies: splitsLeaves,
  check: atMoments(MOMENT.mixedSizes, mixed),
  recheck: atMoments(MOMENT.mixedSizes, mixed),
  reach: {
    statement: "A large leaf is replaced by small ones.",
    occurs: (view) => hasMoment(view, MOMENT.presentStore) && isSplitting(view.machine.k, view.machine.k.cpu),
  },
};

function mixed(_view: ClaimView, pfn: number, block: number): Witness {
  return {
    pfn,
    conjunct: "entries of the old size are gone before leaves of another size are stored",
    operands: { block, pfn },
    text: `block ${block} gets leaves of another size while entries of the old one may still be used`,
  };
}
