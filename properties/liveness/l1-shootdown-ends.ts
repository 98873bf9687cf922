import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import type { Machine } from "../../model/machine.ts";

/** A state in which nothing can move by itself while a CPU waits for acknowledgements: they will never come. */
export const shootdownEnds: Claim = {
  id: "L1",
  kind: "liveness",
  statement: "A shootdown always ends: no CPU is ever left waiting for an acknowledgement.",
  because:
    "A target that spins with interrupts off, for what the waiting CPU holds, never takes the IPI; both CPUs are lost, and then the machine.",
  moment: "every state in which no progress action is enabled",
  applies: ({ world }) => world.contexts > 0 && (world.spaces !== undefined || world.labels),
  check: stuckShootdown,
  recheck: stuckShootdown,
  reach: {
    statement: "A CPU flushes, and has yet to hear from another or to wait for its own broadcast.",
    occurs: ({ machine }) => shootdowns(machine).length > 0,
  },
};

function stuckShootdown({ machine }: ClaimView): Witness | undefined {
  for (const { cpu, label } of shootdowns(machine)) {
    const silent = targets(machine, cpu);
    return {
      cpu,
      conjunct: "whoever a CPU waits for will acknowledge",
      operands: { cpu, at: label, silent: silent || "nobody" },
      text: `cpu${cpu} waits for ever at ${label}: ${silent || "nobody"} will not acknowledge`,
    };
  }
  return undefined;
}

/** CPUs that are at a step by which a flush is started or awaited. */
function shootdowns({ k, world }: Machine): { cpu: number; label: string }[] {
  const found: { cpu: number; label: string }[] = [];
  for (let cpu = 0; cpu < world.cpus; cpu++) {
    for (let level = 0; level < world.stacks.levels.length; level++) {
      if (k.depth(cpu, level) === 0) continue;
      const step = k.stepAt(cpu, level);
      if (step.flush !== undefined) found.push({ cpu, label: step.label });
    }
  }
  return found;
}

/** The CPUs that an IPI of this one waits for, and what keeps each from taking it. */
function targets({ k, world }: Machine, cpu: number): string {
  const waiting: string[] = [];
  for (let target = 0; target < world.cpus; target++) {
    if (!k.ipiPending(target, cpu)) continue;
    waiting.push(`cpu${target} (interrupts ${k.irqsEnabled(target) ? "on" : "off"})`);
  }
  return waiting.join(", ");
}
