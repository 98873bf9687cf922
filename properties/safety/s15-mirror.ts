import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { callsOfRole, inDirectMapCall, isSplitting } from "../direct-map.ts";
import { atMoments, hasMoment } from "../pages.ts";

export const mirrorNeverMaps: Claim = {
  id: "S15",
  kind: "safety",
  statement:
    "A change of the direct map never stores a present bit into the restricted map, but for putting back, leaf by leaf, what a large leaf had mapped.",
  because:
    "Taking a page out of the direct map and putting it back is no decision about its sensitivity: a mirrored present bit maps a secret.",
  moment: "every store of a present bit while its CPU is in a call that changes the direct map",
  // A store that waits in a buffer is nobody's step any more when it reaches memory.
  applies: (machine) => callsOfRole(machine, "direct-map") && machine.world.spaces?.stores === 0,
  check: atMoments(MOMENT.presentStore, mirrored),
  recheck: atMoments(MOMENT.presentStore, mirrored),
  reach: {
    statement: "A page returns to the direct map, and stays absent from the restricted one.",
    occurs: (view) =>
      hasMoment(view, MOMENT.directChanged) &&
      atMoments(MOMENT.directChanged, ({ machine: { k } }, pfn) =>
        k.spaces.isDirectPresent(pfn) && !k.hw.isPresent(pfn) ? { pfn, text: "" } : undefined,
      )(view) !== undefined,
  },
};

function mirrored({ machine: { k } }: ClaimView, pfn: number): Witness | undefined {
  if (!inDirectMapCall(k, k.cpu) || isSplitting(k, k.cpu)) return undefined;
  return {
    pfn,
    cpu: k.cpu,
    conjunct: "a change of the direct map stores no present bit into the restricted map",
    operands: { cpu: k.cpu, pfn, restricted: "present" },
    text: `cpu${k.cpu} changes the direct map and maps pfn ${pfn} in the restricted map too`,
  };
}
