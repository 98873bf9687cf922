import type { Kernel } from "../../../model/kernel.ts";
import { asiColumns } from "../../../model/space-columns.ts";

/** Sets of CPUs as bits of a number: bit n is CPU n. */

export function size(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The `index`-th member of a CPU set, counted from the lowest. */
export function member(set: number, index: number): number {
  let rest = set;
  for (let i = 0; i < index; i++) rest &= rest - 1;
  return 31 - Math.clz32(rest & -rest);
}

/** cpu_online_mask: idle and lazy CPUs are in it, offline ones are not. */
export function onlineCpus(k: Kernel): number {
  const all = 2 ** k.world.cpus - 1;
  if (k.world.spaces === undefined) return all;
  const { offline } = k.of(asiColumns);
  let online = all;
  for (let cpu = 0; cpu < k.world.cpus; cpu++) if (offline.get(cpu) === 1) online &= ~(1 << cpu);
  return online;
}
