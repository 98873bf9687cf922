import { ACTION, encodeAction, type NamedAction } from "../model/action.ts";
import { LEVEL_HARDIRQ, LEVEL_SOFTIRQ, LEVEL_TASK } from "../model/kernel.ts";
import type { Machine } from "../model/machine.ts";
import { resolveAction } from "./name-action.ts";

/**
 * Finds the action that a recorded name means here. Beside what searches enumerate, a recording may hold drains, which only
 * random runs make; and a stranger's indices are looked at before anything is looked up with them.
 *
 * - **Errors**: a sentence when the action is not possible here.
 */
export function resolveRecorded(machine: Machine, name: NamedAction): number | string {
  const { cpu, pfn = 0, peer = 0 } = name;
  if (cpu >= machine.world.cpus) return `there is no cpu${cpu} in a world of ${machine.world.cpus} CPUs`;
  if (pfn >= machine.world.pages) return `there is no pfn ${pfn} in a world of ${machine.world.pages} pages`;
  if (peer >= machine.world.cpus) return `there is no cpu${peer} in a world of ${machine.world.cpus} CPUs`;
  if (name.kind !== "drain") return resolveAction(machine, name);
  return mayCall(machine, cpu) ? encodeAction(ACTION.drain, cpu, peer) : `cpu${cpu} cannot begin a call here`;
}

/** The CPU is idle but perhaps for a preempted worker, no interrupt is under way, and it has a call left. */
function mayCall(machine: Machine, cpu: number): boolean {
  const { k } = machine;
  const inCall = [LEVEL_TASK, LEVEL_SOFTIRQ, LEVEL_HARDIRQ].some((level) => k.depth(cpu, level) > 0);
  return !inCall && k.running(cpu) === 0 && machine.quotaOf(cpu) > 0;
}
