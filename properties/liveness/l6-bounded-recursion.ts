import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { allocatesTables, isSplitting } from "../direct-map.ts";
import { atMoments, hasMoment } from "../pages.ts";

/** Judged at each step, as a bound on the stack is; the recursion itself is what would never end. */
export const boundedRecursion: Claim = {
  id: "L6",
  kind: "structure",
  statement: "An allocation never begins inside more than one other, or inside two where a large leaf is being split.",
  because: "An allocation that allocates to be able to allocate ends with the stack, or with memory.",
  moment: "every allocation that begins inside another",
  applies: allocatesTables,
  check: atMoments(MOMENT.nestedAlloc, tooDeep),
  recheck: atMoments(MOMENT.nestedAlloc, tooDeep),
  terminal: true,
  reach: {
    statement: "An allocation begins inside another.",
    occurs: (view) => hasMoment(view, MOMENT.nestedAlloc),
  },
};

function tooDeep({ machine: { k } }: ClaimView, cpu: number, outer: number): Witness | undefined {
  const bound = isSplitting(k, cpu) ? 2 : 1;
  if (outer <= bound) return undefined;
  return {
    cpu,
    conjunct: "an allocation begins inside no more others than the bound",
    operands: { cpu, inside: outer, bound },
    text: `cpu${cpu} begins an allocation inside ${outer} others, and ${bound} is the most there may be`,
  };
}
