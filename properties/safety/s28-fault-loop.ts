import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { hasRestricted } from "../contexts.ts";
import { atMoments, hasMoment } from "../pages.ts";

export const faultsEnd: Claim = {
  id: "S28",
  kind: "safety",
  statement: "A page-fault handler never lets an access run again that the tables loaded by then still refuse.",
  because: "It faults again at once, and the handler decides again as before: the CPU is in the fault for ever.",
  moment: "every return from a page fault to the access",
  applies: (machine) => hasRestricted(machine) && (machine.world.spaces?.interrupts ?? 0) > 0,
  check: atMoments(MOMENT.faultRetry, refused),
  recheck: atMoments(MOMENT.faultRetry, refused),
  reach: {
    statement: "A page fault is resolved by leaving the restricted address space.",
    occurs: (view) => hasMoment(view, MOMENT.faultRetry),
  },
};

function refused(_view: ClaimView, cpu: number, mapped: number): Witness | undefined {
  if (mapped === 1) return undefined;
  return {
    cpu,
    conjunct: "the tables loaded when an access is tried again map its address",
    operands: { cpu, address: "not mapped" },
    text: `cpu${cpu} retries an access to an address that the loaded tables do not map`,
  };
}
