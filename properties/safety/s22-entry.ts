import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { asiColumns } from "../../model/space-columns.ts";
import { hasRestricted } from "../contexts.ts";
import { atMoments, hasMoment } from "../pages.ts";

export const leavesRestricted: Claim = {
  id: "S22",
  kind: "safety",
  statement: "A CPU never goes on to user space or a guest outside the restricted address space of its task's target.",
  because:
    "The attacker then runs with everything mapped, which is what ASI exists to prevent; an NMI at the wrong moment is enough.",
  moment: "every VM entry and return to user space, and every return from an interrupt into either",
  applies: hasRestricted,
  check: atMoments(MOMENT.leavesKernel, outside),
  recheck: atMoments(MOMENT.leavesKernel, outside),
  reach: {
    statement: "A CPU goes on to user space or a guest.",
    occurs: (view) => hasMoment(view, MOMENT.leavesKernel),
  },
};

function outside({ machine }: ClaimView, cpu: number, seen: number): Witness | undefined {
  const target = machine.state.of(asiColumns).target.get(cpu);
  if (seen !== 0 && seen === target) return undefined;
  const where = seen === 0 ? "the unrestricted address space" : `class ${seen}`;
  return {
    cpu,
    conjunct: "user space and guests run in the address space of the task's target",
    operands: { cpu, target, runs: where },
    text: `cpu${cpu} goes on to user space or a guest in ${where}; its task's target is ${target}`,
  };
}
