import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { asiColumns } from "../../model/space-columns.ts";
import { hasOnlookers, hasRestricted, isRestricted, someCpu } from "../contexts.ts";

export const currAsiCovers: Claim = {
  id: "S21",
  kind: "safety",
  statement: "While CR3 holds a restricted root, curr_asi always names a class.",
  because:
    "An interrupt that needs sensitive memory asks curr_asi whether to leave; a flusher asks it whom to interrupt. Told that there is nothing to leave, the one faults for ever and the other skips a CPU that holds the entry.",
  moment: "every state",
  applies: (machine) => hasRestricted(machine) && hasOnlookers(machine),
  check: uncovered,
  recheck: uncovered,
  reach: {
    statement: "A CPU runs in a restricted address space.",
    occurs: (view) => someCpu(view, (cpu) => isRestricted(view, cpu)),
  },
};

function uncovered(view: ClaimView): Witness | undefined {
  const { currAsi } = view.machine.state.of(asiColumns);
  for (let cpu = 0; cpu < view.machine.world.cpus; cpu++) {
    if (currAsi.get(cpu) !== 0 || !isRestricted(view, cpu)) continue;
    const loaded = view.machine.k.spaces.viewOf(cpu);
    return {
      cpu,
      conjunct: "curr_asi names a class while CR3 holds a restricted root",
      operands: { cpu, cr3: `class ${loaded}`, curr_asi: "NULL" },
      text: `cpu${cpu} has the root of class ${loaded} loaded, and curr_asi is NULL`,
    };
  }
  return undefined;
}
