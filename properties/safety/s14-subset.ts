import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { callsOfRole, inDirectMapCall } from "../direct-map.ts";
import { overAllPages, overDirtyPages } from "../pages.ts";

export const restrictedIsSubset: Claim = {
  id: "S14",
  kind: "safety",
  statement:
    "While no change of the direct map is under way, the restricted map never shows a page that the direct map does not show, nor lets one be written that is read-only there.",
  because:
    "Whoever takes a page or a permission away from the kernel (memory failure, hot-unplug, read-only text) means every address space.",
  moment: "every state in which no call that changes the direct map is in progress, their returns included",
  applies: (machine) => machine.world.protectedMap === "restricted" && callsOfRole(machine, "direct-map"),
  check: atRest(overAllPages(showsMore)),
  recheck: atRest(overDirtyPages(showsMore)),
  reach: {
    statement: "The direct map shows less of a page than it did, and nobody is changing it any more.",
    occurs: (view) =>
      atRest(overDirtyPages((_view, pfn) => (isReduced(view, pfn) ? { pfn, text: "" } : undefined)))(view) !==
      undefined,
  },
};

function atRest(inner: (view: ClaimView) => Witness | undefined): (view: ClaimView) => Witness | undefined {
  return (view) => {
    const { k, world } = view.machine;
    for (let cpu = 0; cpu < world.cpus; cpu++) if (inDirectMapCall(k, cpu)) return undefined;
    return inner(view);
  };
}

function showsMore({ machine: { k } }: ClaimView, pfn: number): Witness | undefined {
  if (!k.hw.isPresent(pfn)) return undefined;
  if (!k.spaces.isDirectPresent(pfn)) {
    return {
      pfn,
      conjunct: "what the restricted map shows the direct map shows as well",
      operands: { pfn, restricted: "present", direct: "absent" },
      text: `pfn ${pfn} is present in the restricted map and absent from the direct map`,
    };
  }
  if (!k.spaces.isDirectReadOnly(pfn) || k.spaces.isRestrictedReadOnly(pfn)) return undefined;
  return {
    pfn,
    conjunct: "what is read-only in the direct map is read-only in the restricted one",
    operands: { pfn, restricted: "writable", direct: "read-only" },
    text: `pfn ${pfn} is writable in the restricted map and read-only in the direct map`,
  };
}

function isReduced({ machine: { k } }: ClaimView, pfn: number): boolean {
  return !k.spaces.isDirectPresent(pfn) || k.spaces.isDirectReadOnly(pfn);
}
