import { interruptedCpuMachine } from "../../machines/interrupted-cpu.machine.ts";
import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { abstractCpu, CPU_LOOKS } from "./abstract-machine.ts";
import { lookTable } from "./looks.ts";

const ALLOWED = lookTable(interruptedCpuMachine, CPU_LOOKS, {
  unrestricted: ["unrestricted"],
  between: ["entering", "leaving"],
  restricted: ["restricted"],
});

export const refinesCpu: Claim = {
  id: "REFINE-cpu",
  kind: "refinement",
  statement: "Every step always moves each CPU's CR3 and curr_asi along edges of the cpu chart.",
  because: "The windows of entry and exit were proved harmless in the chart's order, and in no other.",
  moment: "every step",
  applies: ({ world, software }) => world.spaces !== undefined && software.design.asi !== undefined,
  check: unmatched,
  recheck: unmatched,
  reach: {
    statement: "A CPU changes its address space.",
    occurs: (view) => changed(view) >= 0,
  },
};

function changed(view: ClaimView): number {
  const { k, world } = view.machine;
  for (let cpu = 0; cpu < world.cpus; cpu++) if (abstractCpu(k, cpu) !== view.cpusBefore[cpu]) return cpu;
  return -1;
}

function unmatched(view: ClaimView): Witness | undefined {
  const { k, world } = view.machine;
  for (let cpu = 0; cpu < world.cpus; cpu++) {
    const before = view.cpusBefore[cpu] as number;
    const after = abstractCpu(k, cpu);
    if (ALLOWED[before * CPU_LOOKS.length + after] === 1) continue;
    return {
      cpu,
      conjunct: "the CPU moves along an edge of the cpu chart",
      operands: { cpu, from: CPU_LOOKS[before] ?? "", to: CPU_LOOKS[after] ?? "" },
      text: `cpu${cpu} goes from ${CPU_LOOKS[before]} to ${CPU_LOOKS[after]}: the cpu chart has no such edge`,
    };
  }
  return undefined;
}
