import type { Kernel } from "../model/kernel.ts";
import { LEVEL_TASK } from "../model/kernel.ts";
import type { Machine } from "../model/machine.ts";
import type { Role } from "../model/program.ts";

/** The scenario makes calls of this role. */
export function callsOfRole({ callMenu, software }: Machine, role: Role): boolean {
  return callMenu.some(({ call }) => (software.calls[call] ?? software.design.asi?.calls[call])?.role === role);
}

/** The call that the CPU's task is in, at the bottom of its stack, changes the direct map. */
export function inDirectMapCall(k: Kernel, cpu: number): boolean {
  return k.depth(cpu, LEVEL_TASK) > 0 && k.programAt(cpu, LEVEL_TASK, 0).role === "direct-map";
}

/** The CPU's task is in the middle of replacing a large leaf by small ones that map the same. */
export function isSplitting(k: Kernel, cpu: number): boolean {
  for (let depth = 0; depth < k.depth(cpu, LEVEL_TASK); depth++)
    if (k.programAt(cpu, LEVEL_TASK, depth).role === "split") return true;
  return false;
}

/** The design allocates page tables: it declares where their frames are. */
export function allocatesTables({ world }: Machine): boolean {
  return world.spaces?.tables === true && world.lists.kinds.some(({ name }) => name === "page-tables");
}

/** The design has large leaves and splits them. */
export function splitsLeaves({ world, k }: Machine): boolean {
  return world.spaces?.tables === true && k.table.programs.some(({ role }) => role === "split");
}
