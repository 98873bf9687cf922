import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { blockOf, hasLabels, saysSensitive } from "../blocks.ts";
import { isAllocatable, overAllPages, overDirtyPages, someDirtyPage } from "../pages.ts";

export const oneLabel: Claim = {
  id: "S9",
  kind: "structure",
  statement: "A free block of any order never lies in pageblocks of both labels.",
  because: "It is handed out by the label of its first page; the rest of it is mapped otherwise.",
  moment: "every state: a list changes in one step under its lock",
  applies: hasLabels,
  // The allocator takes blocks off lists by their labels: from here on its structures mean nothing.
  terminal: true,
  check: overAllPages(spansBoth),
  recheck: overDirtyPages(spansBoth),
  reach: {
    statement: "A free block of a pageblock's size or more lies beside memory of the other label.",
    occurs: (view) => someDirtyPage(view, (pfn) => liesBesideOther(view, pfn)),
  },
};

function spansBoth(view: ClaimView, head: number): Witness | undefined {
  const order = freeOrder(view, head);
  if (order <= view.machine.world.geometry.pageblockOrder) return undefined;
  const label = saysSensitive(view, blockOf(view, head));
  for (let block = blockOf(view, head) + 1; block < blockOf(view, head + (1 << order)); block++) {
    if (saysSensitive(view, block) === label) continue;
    return {
      pfn: head,
      conjunct: "a free block lies in pageblocks of one label",
      operands: { pfn: head, order, block, label: label ? "nonsensitive" : "sensitive" },
      text: `the free block of order ${order} at pfn ${head} lies in pageblocks of both labels`,
    };
  }
  return undefined;
}

function liesBesideOther(view: ClaimView, head: number): boolean {
  const { world } = view.machine;
  const order = freeOrder(view, head);
  if (order < world.geometry.pageblockOrder) return false;
  const buddy = head ^ (1 << order);
  const beside = order < world.geometry.maxOrder && buddy < world.pages;
  if (beside && saysSensitive(view, blockOf(view, buddy)) !== saysSensitive(view, blockOf(view, head))) return true;
  return spansBoth(view, head) !== undefined;
}

/** Order of the block on a buddy list whose head is `pfn`, or -1. */
function freeOrder(view: ClaimView, pfn: number): number {
  const { lists } = view.machine.k;
  return isAllocatable(view, lists.placeOf(pfn)) ? lists.order(pfn) : -1;
}
