import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { TAG_SECRET } from "../../model/hardware-columns.ts";
import { MOMENT } from "../../model/moments.ts";
import { printTag } from "../../model/sorts.ts";
import { blockOf, endOfBlock, firstPageOf, hasLabels, isFlipping, saysSensitive } from "../blocks.ts";
import { atMoments, hasMoment, holderOf, overAllPages, overDirtyPages } from "../pages.ts";

export const labelTruth: Claim = {
  id: "S6",
  kind: "safety",
  statement:
    "A pageblock is never labelled sensitive while a frame of it is present or not discharged, and never becomes nonsensitive before all of it is mapped and holds no secret.",
  because: "Whoever reads the label hands the block's memory out without a further look.",
  moment: "every store of a label; in between, every state in which nobody flips the block",
  applies: hasLabels,
  check: (view) => atMoments(MOMENT.labelStore, storedTooSoon)(view) ?? overAllPages(lies)(view),
  recheck: (view) => atMoments(MOMENT.labelStore, storedTooSoon)(view) ?? overDirtyPages(lies)(view),
  reach: {
    statement: "The label of a pageblock changes.",
    occurs: (view) => hasMoment(view, MOMENT.labelStore),
  },
};

/** Asks the design what its label says now: the log's own word is the storing step's. */
function storedTooSoon(view: ClaimView, block: number): Witness | undefined {
  const sensitive = saysSensitive(view, block);
  for (let pfn = firstPageOf(view, block); pfn < endOfBlock(view, block); pfn++) {
    const witness = sensitive ? exposed(view, pfn) : unready(view, pfn);
    if (witness !== undefined) return witness;
  }
  return undefined;
}

function lies(view: ClaimView, pfn: number): Witness | undefined {
  const block = blockOf(view, pfn);
  if (!saysSensitive(view, block) || isFlipping(view, block)) return undefined;
  return exposed(view, pfn);
}

function exposed(view: ClaimView, pfn: number): Witness | undefined {
  const block = blockOf(view, pfn);
  const what = `pageblock ${block} is labelled sensitive`;
  if (view.machine.k.hw.isPresent(pfn)) {
    return {
      pfn,
      conjunct: "every leaf of a pageblock labelled sensitive is absent",
      operands: { block, label: "sensitive", pfn, leaf: "present" },
      text: `${what}, and the leaf of pfn ${pfn} is present`,
    };
  }
  const holder = holderOf(view, pfn);
  if (holder === undefined) return undefined;
  return {
    pfn,
    ...holder,
    conjunct: "every frame of a pageblock labelled sensitive is discharged",
    operands: { block, label: "sensitive", pfn, ...holder },
    text: `${what}, and cpu${holder.cpu} may still hold the translation of pfn ${pfn}`,
  };
}

function unready(view: ClaimView, pfn: number): Witness | undefined {
  const { hw } = view.machine.k;
  const block = blockOf(view, pfn);
  const what = `pageblock ${block} becomes nonsensitive`;
  if (hw.tag(pfn) >= TAG_SECRET) {
    return {
      pfn,
      conjunct: "no frame of a pageblock that becomes nonsensitive holds a secret",
      operands: { block, label: "nonsensitive", pfn, holds: printTag(hw.tag(pfn)) },
      text: `${what} while pfn ${pfn} holds a secret`,
    };
  }
  if (hw.isPresent(pfn)) return undefined;
  return {
    pfn,
    conjunct: "every leaf of a pageblock that becomes nonsensitive is present",
    operands: { block, label: "nonsensitive", pfn, leaf: "absent" },
    text: `${what} before the leaf of pfn ${pfn} is set`,
  };
}
