import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { TAG_SECRET } from "../../model/hardware-columns.ts";
import { printTag } from "../../model/sorts.ts";
import { overAllPages, overDirtyPages, someDirtyPage } from "../pages.ts";

export const isolation: Claim = {
  id: "S1",
  kind: "safety",
  statement: "A CPU in a protected mode never has a usable translation to another principal's secret.",
  because: "A speculative load leaks whatever a usable translation reaches; that is the whole point of ASI.",
  moment: "every state",
  check: overAllPages(reachableSecret),
  recheck: overDirtyPages(reachableSecret),
  reach: {
    statement: "A frame that a CPU could read as another principal now holds a secret.",
    occurs: (view) => someDirtyPage(view, (pfn) => isKeptFromSomebody(view, pfn) && !view.machine.k.hw.isPresent(pfn)),
  },
};

/** The frame holds a secret, and some CPU runs another principal in a mode that is protected: of others S1 says nothing. */
function isKeptFromSomebody({ machine: { k, world } }: ClaimView, pfn: number): boolean {
  const owner = k.hw.tag(pfn) - TAG_SECRET;
  if (owner < 0) return false;
  for (let cpu = 0; cpu < world.cpus; cpu++) if (k.hw.isProtected(cpu) && k.hw.readerOf(cpu) !== owner) return true;
  return false;
}

/** The attacker's read: what a speculative load on each CPU returns for this page. */
function reachableSecret(view: ClaimView, pfn: number): Witness | undefined {
  const { k, world } = view.machine;
  const tag = k.hw.tag(pfn);
  if (tag < TAG_SECRET) return undefined;
  for (let cpu = 0; cpu < world.cpus; cpu++) {
    if (tag - TAG_SECRET === k.hw.readerOf(cpu) || k.hw.attackerRead(cpu, pfn) !== tag) continue;
    const entry = k.hw.isPresent(pfn) ? "a present leaf" : "a stale translation";
    return {
      pfn,
      cpu,
      context: 0,
      conjunct: "no CPU reaches a frame that holds another principal's secret",
      operands: { cpu, runs: `mm${k.hw.readerOf(cpu)}`, pfn, holds: printTag(tag), through: entry },
      text: `cpu${cpu} runs mm${k.hw.readerOf(cpu)} and reaches pfn ${pfn} through ${entry}; the frame holds ${printTag(tag)}`,
    };
  }
  return undefined;
}
