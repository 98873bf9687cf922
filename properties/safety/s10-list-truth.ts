import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { hasLabels } from "../blocks.ts";
import { freetypeKindOf, listedWrongly } from "../listed-flags.ts";
import { hasMoment, overAllPages, overDirtyPages } from "../pages.ts";

export const listTruth: Claim = {
  id: "S10",
  kind: "structure",
  statement: "A free block is always on a buddy list of its pageblock's label.",
  because: "A request is served from the list; the label decides nothing any more.",
  moment: "every state: a list changes in one step under its lock",
  applies: hasLabels,
  // The allocator takes blocks off lists by their labels: from here on its structures mean nothing.
  terminal: true,
  check: overAllPages(onWrongList),
  recheck: overDirtyPages(onWrongList),
  reach: {
    statement: "A block joins a list of free blocks.",
    occurs: (view) => hasMoment(view, MOMENT.listInsert),
  },
};

function onWrongList(view: ClaimView, head: number): Witness | undefined {
  const kind = freetypeKindOf(view, head);
  return kind === undefined || kind.name === "pcp" ? undefined : listedWrongly(view, head, kind);
}
