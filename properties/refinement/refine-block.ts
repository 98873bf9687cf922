import { pageblockMachine } from "../../machines/pageblock.machine.ts";
import { physmapMachine } from "../../machines/physmap.machine.ts";
import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { abstractBlock, BLOCK_LOOKS, REGION_LOOKS } from "./abstract-machine.ts";
import { lookTable } from "./looks.ts";

const LABELS = lookTable(pageblockMachine, BLOCK_LOOKS, {
  sensitive: ["sensitive"],
  nonsensitive: ["nonsensitive"],
  flipping: ["flipping-up", "flipping-down"],
});

const REGIONS = lookTable(physmapMachine, REGION_LOOKS, {
  leaf: ["leaf"],
  table: ["table"],
  neither: ["splitting", "merging", "bare"],
});

const LABEL = (look: number): number => look % 4;
const REGION = (look: number): number => Math.floor(look / 4);

export const refinesPageblock: Claim = {
  id: "REFINE-pageblock",
  kind: "refinement",
  statement:
    "Every step always moves each pageblock's label along edges of the pageblock chart: through a flip, or not at all.",
  because: "A label that changes outside a flip changes while pages of the block are in somebody's hands.",
  moment: "every step",
  applies: ({ world }) => world.labels === true,
  check: (view) => unmatched(view, LABELS, LABEL, BLOCK_LOOKS, "pageblock"),
  recheck: (view) => unmatched(view, LABELS, LABEL, BLOCK_LOOKS, "pageblock"),
  reach: { statement: "A flip begins or ends.", occurs: (view) => changes(view, LABEL) },
};

export const refinesPhysmap: Claim = {
  id: "REFINE-physmap",
  kind: "refinement",
  statement: "Every step always moves each region of the restricted physmap along edges of the physmap chart.",
  because: "A leaf that becomes a table in one store leaves two sizes for one address (H10).",
  moment: "every step",
  applies: ({ world }) => world.spaces?.tables === true,
  check: (view) => unmatched(view, REGIONS, REGION, REGION_LOOKS, "physmap"),
  recheck: (view) => unmatched(view, REGIONS, REGION, REGION_LOOKS, "physmap"),
  reach: {
    statement: "A region changes between leaf and table, or loses one.",
    occurs: (view) => changes(view, REGION),
  },
};

function changes(view: ClaimView, part: (look: number) => number): boolean {
  return view.blocksBefore.some(
    (before, block) => part(before) !== part(abstractBlock(view.machine.k, block, view.design)),
  );
}

function unmatched(
  view: ClaimView,
  table: Uint8Array,
  part: (look: number) => number,
  names: readonly string[],
  chart: string,
): Witness | undefined {
  const { k, world } = view.machine;
  for (let block = 0; block < world.blocks; block++) {
    const before = part(view.blocksBefore[block] as number);
    const after = part(abstractBlock(k, block, view.design));
    if (before === after || table[before * names.length + after] === 1) continue;
    const pfn = block << world.geometry.pageblockOrder;
    return {
      pfn,
      conjunct: `the block moves along an edge of the ${chart} chart`,
      operands: { block, from: names[before] ?? "", to: names[after] ?? "" },
      text: `block ${block} goes from ${names[before]} to ${names[after]}: the ${chart} chart has no such edge`,
    };
  }
  return undefined;
}
