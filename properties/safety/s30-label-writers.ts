import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { atMoments, hasMoment } from "../pages.ts";

export const labelWriters: Claim = {
  id: "S30",
  kind: "structure",
  statement: "What a pageblock's label says is never changed by a step outside the design's closed list of writers.",
  because: "Reserves, isolation and CMA have labels of their own in mind, and lose that the block is mapped.",
  moment: "every store of a label",
  applies: ({ world, software }) => world.labels && software.design.labelWriters !== undefined,
  check: atMoments(MOMENT.labelStore, strangerWrites),
  recheck: atMoments(MOMENT.labelStore, strangerWrites),
  reach: {
    statement: "The label of a pageblock changes.",
    occurs: (view) => hasMoment(view, MOMENT.labelStore),
  },
};

function strangerWrites({ design, machine: { k } }: ClaimView, block: number): Witness | undefined {
  const step = k.lastStep?.label ?? "";
  if (design.labelWriters?.includes(step) === true) return undefined;
  return {
    conjunct: "only the design's listed writers change a label",
    operands: { block, writer: step },
    text: `the label of pageblock ${block} is changed by ${step}, which is not one of its writers`,
  };
}
