import { ACTION, encodeAction, type NamedAction, stepArg } from "../model/action.ts";
import { LEVEL_HARDIRQ, LEVEL_NMI, LEVEL_SOFTIRQ } from "../model/kernel.ts";
import type { Machine } from "../model/machine.ts";
import { resolveRecorded } from "./resolve-recorded.ts";

/**
 * Finds an action that does what a name is about, in a state in which other things may have happened before.
 *
 * Who moves is kept and what it does may differ: a step is whatever step its CPU is at on that level, a page to free is the
 * next one allocated, an IPI comes from whoever sent one. So a run from which something was left out goes on where a strict
 * reading of its names would stop.
 *
 * - **Cost**: O(1) for a step, which is nearly always what is asked for.
 * - **Errors**: undefined where nothing of the kind is possible.
 */
export function looseAction(machine: Machine, name: NamedAction): number | undefined {
  const { cpu } = name;
  if (cpu >= machine.world.cpus) return undefined;
  switch (name.kind) {
    case "step":
      return looseStep(machine, name);
    case "ipi":
      return looseIpi(machine, name);
    case "free":
    case "irqFree":
      return resolved(machine, { ...name, pfn: nextAllocated(machine, name.pfn ?? 0) });
    case "drain":
      return resolved(machine, { ...name, peer: (name.peer ?? 0) % machine.world.cpus });
    default:
      return resolved(machine, name);
  }
}

function resolved(machine: Machine, name: NamedAction): number | undefined {
  const action = resolveRecorded(machine, name);
  return typeof action === "number" ? action : undefined;
}

function looseStep(machine: Machine, name: NamedAction): number | undefined {
  const { k, world } = machine;
  const { cpu, choice = 0 } = name;
  const level = world.stacks.levels.findIndex((candidate) => candidate.name === name.level);
  if (level < 0 || k.depth(cpu, level) === 0 || !mayRun(machine, cpu, level) || machine.isOffline(cpu))
    return undefined;
  return encodeAction(ACTION.step, cpu, stepArg(level, choice < k.arity(cpu, level) ? choice : 0));
}

/** Interrupts before tasks; of a task and a worker the one that runs, or either. */
function mayRun({ k, world }: Machine, cpu: number, level: number): boolean {
  for (const above of [LEVEL_NMI, LEVEL_HARDIRQ, LEVEL_SOFTIRQ]) {
    if (above < world.stacks.levels.length && k.depth(cpu, above) > 0) return level === above;
  }
  const running = k.running(cpu);
  return running === 0 || running === level + 1;
}

function looseIpi({ k, world }: Machine, { cpu, peer = 0 }: NamedAction): number | undefined {
  if (!k.irqsEnabled(cpu)) return undefined;
  for (let i = 0; i < world.cpus; i++) {
    const from = (peer + i) % world.cpus;
    if (k.ipiPending(cpu, from)) return encodeAction(ACTION.ipi, cpu, from);
  }
  return undefined;
}

/** The first block at or after a page, going round. */
function nextAllocated({ k, world }: Machine, wish: number): number {
  for (let i = 0; i < world.pages; i++) {
    const pfn = (wish + i) % world.pages;
    if (k.ledger.order(pfn) >= 0) return pfn;
  }
  return wish % world.pages;
}
