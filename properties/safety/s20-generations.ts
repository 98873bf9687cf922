import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { hasRestricted } from "../contexts.ts";
import { atMoments, holderOf, overAllPages, overDirtyPages } from "../pages.ts";

/** Where blocks carry labels, for there the model keeps account of which flush covered which clear. */
export const recordsAreTrue: Claim = {
  id: "S20",
  kind: "safety",
  statement:
    "A frame whose latest clear a completed flush has covered is always discharged: no CPU ever records a PCID as up to date that was not invalidated.",
  because:
    "Nobody will flush the frame again. A record that is ahead of the truth, because the generation was bumped too early or read too late, leaves the entry there for good.",
  moment: "every state",
  applies: (machine) => machine.world.labels && hasRestricted(machine),
  check: overAllPages(forgotten),
  recheck: overDirtyPages(forgotten),
  reach: {
    statement: "A flush ends, every CPU that it asked having answered.",
    occurs: (view) => atMoments(MOMENT.flushEnded, hasEnded)(view) !== undefined,
  },
};

function hasEnded(_view: ClaimView, cpu: number, unanswered: number): Witness | undefined {
  return unanswered === 0 ? { cpu, text: "" } : undefined;
}

function forgotten(view: ClaimView, pfn: number): Witness | undefined {
  const { k } = view.machine;
  if (k.hw.isPresent(pfn) || k.promises.isDue(pfn)) return undefined;
  const holder = holderOf(view, pfn);
  if (holder === undefined) return undefined;
  return {
    pfn,
    ...holder,
    conjunct: "a frame whose latest clear a completed flush has covered is discharged",
    operands: { pfn, flush: "completed", ...holder },
    text: `a completed flush covered pfn ${pfn}, and cpu${holder.cpu}, context ${holder.context}, may still use its entry`,
  };
}
