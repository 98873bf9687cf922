import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { asiColumns } from "../../model/space-columns.ts";
import { hasOnlookers, hasRestricted, someCpu } from "../contexts.ts";
import { hasMoment } from "../pages.ts";

/** A task's page fault, an interrupt in it, and an NMI in that. */
const NEST_MAX = 3;

/** Judged at steps, not at a standstill: what keeps a section from ending is a step that it takes. */
export const sectionsAreBounded: Claim = {
  id: "L8",
  kind: "safety",
  statement:
    "A task never sleeps or gives up its CPU inside a critical section, and interrupts in one never nest deeper than a fault, an interrupt and an NMI.",
  because:
    "Whoever runs meanwhile leaves the restricted address space, and the section goes on outside it; one that can be re-entered without bound never ends.",
  moment: "every scheduling point; every state",
  applies: (machine) => hasRestricted(machine) && hasOnlookers(machine),
  check: unbounded,
  recheck: unbounded,
  reach: {
    statement: "A critical section is interrupted.",
    occurs: (view) => {
      const { target, nest } = view.machine.state.of(asiColumns);
      return someCpu(view, (cpu) => target.get(cpu) !== 0 && nest.get(cpu) > 0);
    },
  },
};

function unbounded(view: ClaimView): Witness | undefined {
  const { moments } = view.machine.k;
  for (let i = 0; hasMoment(view, MOMENT.sleptTense) && i < moments.count; i++) {
    if (moments.kinds[i] !== MOMENT.sleptTense) continue;
    const cpu = moments.pfns[i] as number;
    return {
      cpu,
      conjunct: "a task keeps its CPU inside a critical section",
      operands: { cpu },
      text: `cpu${cpu} gives up its task inside a critical section`,
    };
  }
  const { nest } = view.machine.state.of(asiColumns);
  for (let cpu = 0; cpu < view.machine.world.cpus; cpu++) {
    if (nest.get(cpu) <= NEST_MAX) continue;
    return {
      cpu,
      conjunct: "interrupts in a critical section nest no deeper than the bound",
      operands: { cpu, nest: nest.get(cpu), bound: NEST_MAX },
      text: `interrupts nest ${nest.get(cpu)} deep on cpu${cpu}`,
    };
  }
  return undefined;
}
