import type { World } from "../../model/world.ts";

/**
 * A renaming of CPUs, and of what must move with them: CPU n runs mm n mod mms, so that mms are renamed as well.
 *
 * - **Shapes, units**: `cpus[old]` is the new number of a CPU, `mms[old]` that of an mm; init_mm, behind the last, stays.
 */
export interface CpuPermutation {
  readonly cpus: readonly number[];
  readonly mms: readonly number[];
}

/** Every renaming of CPUs that renames mms consistently, the identity first. */
export function cpuPermutations({ cpus, mms }: World): CpuPermutation[] {
  return permutations(cpus).flatMap((renamed) => {
    const moved = mmsMovedBy(renamed, mms);
    return moved === undefined ? [] : [{ cpus: renamed, mms: moved }];
  });
}

/** `cpu0→cpu1 cpu1→cpu0`, without those that stay. */
export function printPermutation({ cpus }: CpuPermutation): string {
  return cpus
    .map((to, from) => (to === from ? "" : `cpu${from}→cpu${to}`))
    .filter((text) => text !== "")
    .join(" ");
}

/** All orders of 0 to n - 1, in lexicographic order. */
function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  const found: number[][] = [];
  const extend = (chosen: readonly number[]): void => {
    if (chosen.length === n) found.push([...chosen]);
    else for (let next = 0; next < n; next++) if (!chosen.includes(next)) extend([...chosen, next]);
  };
  extend([]);
  return found;
}

/** Where each mm goes, or undefined when two CPUs of one mm would go to CPUs of different mms. */
function mmsMovedBy(cpus: readonly number[], mms: number): number[] | undefined {
  const moved = Array.from({ length: mms }, (_, mm) => mm);
  const known = new Map<number, number>();
  for (let cpu = 0; cpu < cpus.length; cpu++) {
    const to = (cpus[cpu] as number) % mms;
    if ((known.get(cpu % mms) ?? to) !== to) return undefined;
    known.set(cpu % mms, to);
  }
  if (new Set(known.values()).size !== known.size) return undefined;
  for (const [from, to] of known) moved[from] = to;
  return moved;
}
