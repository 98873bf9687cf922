import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { TAG_SECRET } from "../../model/hardware-columns.ts";
import { printTag } from "../../model/sorts.ts";
import { overAllPages, overDirtyPages, someDirtyPage } from "../pages.ts";

/** An assumption, not a theorem: what speculation does with a non-present entry lies outside translations. */
export const nonPresentIsHarmless: Claim = {
  id: "S31",
  kind: "assumption",
  statement:
    "A non-present entry of the protected map never names the frame of a secret: its address bits are inverted.",
  because:
    "A CPU with L1TF (CVE-2018-3620) speculates with the address bits of a non-present entry and reads the frame if it is in the L1 cache.",
  moment: "every state",
  applies: ({ world, software }) => world.spaces?.tables === true && software.design.nonPresentEncoding !== undefined,
  check: overAllPages(named),
  recheck: overDirtyPages(named),
  reach: {
    statement: "A frame holds a secret, and its leaf in the protected map is not present.",
    occurs: (view) => someDirtyPage(view, (pfn) => isHidden(view, pfn)),
  },
};

function named(view: ClaimView, pfn: number): Witness | undefined {
  if (view.design.nonPresentEncoding !== "raw" || !isHidden(view, pfn)) return undefined;
  return {
    pfn,
    conjunct: "a non-present entry does not name the frame of a secret",
    operands: { pfn, leaf: "absent", holds: printTag(view.machine.k.hw.tag(pfn)) },
    text: `the non-present leaf of pfn ${pfn} still names the frame, which holds a secret`,
  };
}

function isHidden({ machine: { k, world } }: ClaimView, pfn: number): boolean {
  const present = world.protectedMap === "direct" ? k.spaces.isDirectPresent(pfn) : k.hw.isPresent(pfn);
  return !present && k.hw.tag(pfn) >= TAG_SECRET;
}
