import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { UNRESTRICTED } from "../../model/spaces.ts";

export const noGlobalEntries: Claim = {
  id: "S4",
  kind: "safety",
  statement: "While ASI is on, no CPU ever holds a global entry for a page of the kernel.",
  because:
    "A global entry answers under every PCID and survives a write of CR3: filled in the kernel's full address space, it is read in a restricted one.",
  moment: "every state",
  applies: ({ world }) => world.spaces !== undefined && world.protectedMap !== "none",
  check: globalEntry,
  recheck: globalEntry,
  reach: {
    statement: "A CPU runs on the full kernel map, from which it may cache any page that is mapped there.",
    occurs: ({ machine: { k, world } }) => {
      for (let cpu = 0; cpu < world.cpus; cpu++)
        if (k.spaces.viewOf(cpu) === UNRESTRICTED && k.spaces.isDirectPresent(0)) return true;
      return false;
    },
  },
};

function globalEntry({ machine: { k, world } }: ClaimView): Witness | undefined {
  if (world.spaces?.globals !== true) return undefined;
  for (let cpu = 0; cpu < world.cpus; cpu++) {
    for (let pfn = 0; pfn < world.pages; pfn++) {
      if (!k.spaces.held.holdsGlobal(cpu, pfn)) continue;
      return {
        cpu,
        pfn,
        conjunct: "no CPU holds a global entry for a page of the kernel",
        operands: { cpu, pfn, entry: "global" },
        text: `cpu${cpu} may hold a global entry for pfn ${pfn}, which answers under every PCID`,
      };
    }
  }
  return undefined;
}
