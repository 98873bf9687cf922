import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { hasRestricted, holdsPage, somePcid } from "../contexts.ts";
import { atMoments } from "../pages.ts";

export const slotsAreFlushed: Claim = {
  id: "S18",
  kind: "safety",
  statement: "A PCID is never loaded for one mm while it still holds entries of another.",
  because:
    "Under a PCID all entries look alike: a process would translate with those of the one that had the slot before it.",
  moment: "every CR3 write, that of a VM exit included",
  applies: hasRestricted,
  check: atMoments(MOMENT.slotKept, kept),
  recheck: atMoments(MOMENT.slotKept, kept),
  reach: {
    statement: "A PCID holds entries of an mm that the CPU no longer runs.",
    occurs: (view) => somePcid(view, (cpu, pcid) => isLeftOver(view, cpu, pcid)),
  },
};

function isLeftOver(view: ClaimView, cpu: number, pcid: number): boolean {
  const { spaces } = view.machine.k;
  const mm = spaces.held.filledForMm(cpu, pcid);
  return mm >= 0 && mm !== spaces.mmOf(cpu) && holdsPage(view, cpu, pcid, () => true);
}

function kept(view: ClaimView, cpu: number, pcid: number): Witness | undefined {
  const mm = view.machine.k.spaces.mmOf(cpu);
  return {
    cpu,
    conjunct: "a PCID that is loaded without a flush holds no entries of another mm",
    operands: { cpu, loads: `mm${mm}`, pcid },
    text: `cpu${cpu} loads mm${mm} under PCID ${pcid} without a flush, with another mm's entries in it`,
  };
}
