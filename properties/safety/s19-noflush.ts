import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { UNRESTRICTED } from "../../model/spaces.ts";
import { hasRestricted, holdsPage, somePcid } from "../contexts.ts";
import { atMoments } from "../pages.ts";

export const debtsArePaid: Claim = {
  id: "S19",
  kind: "safety",
  statement:
    "A restricted PCID that is owed a flush is never loaded without one while it holds an entry that was unmapped.",
  because:
    "The flush that unmapped memory left this PCID to be invalidated on its next load; a load that keeps what it holds makes the stale entry usable, with no other CPU involved.",
  moment: "every CR3 write, that of a VM exit included",
  applies: hasRestricted,
  check: atMoments(MOMENT.debtUnpaid, unpaid),
  recheck: atMoments(MOMENT.debtUnpaid, unpaid),
  reach: {
    statement: "A restricted PCID that is not loaded holds an entry whose leaf is absent.",
    occurs: (view) => somePcid(view, (cpu, pcid) => isStaleAside(view, cpu, pcid)),
  },
};

function isStaleAside(view: ClaimView, cpu: number, pcid: number): boolean {
  const { k } = view.machine;
  if (pcid % k.spaces.views === UNRESTRICTED || pcid === k.spaces.pcid(cpu)) return false;
  return holdsPage(view, cpu, pcid, (pfn) => !k.hw.isPresent(pfn));
}

function unpaid(_view: ClaimView, cpu: number, pcid: number): Witness | undefined {
  return {
    cpu,
    conjunct: "a PCID that is owed a flush is loaded with one",
    operands: { cpu, pcid, loaded: "NOFLUSH", holds: "an unmapped entry" },
    text: `cpu${cpu} loads PCID ${pcid} with NOFLUSH; it was owed a flush and holds an unmapped entry`,
  };
}
