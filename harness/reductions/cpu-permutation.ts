import type { World } from "../../model/world.ts";

/**
 * A renaming of CPUs, and of what must move with them: CPU n runs mm n mod mms, so that mms are renamed as well. And of blocks of
 * the largest order, with their pages: the only part of a buddy tree that moves without changing which page heads a block.
 *
 * - **Shapes, units**: `cpus[old]` is the new number of a CPU, `mms[old]` that of an mm; init_mm, behind the last, stays.
 *   `blocks[old]` is the new place of a block of the largest order; absent where they stay.
 */
export interface CpuPermutation {
  readonly cpus: readonly number[];
  readonly mms: readonly number[];
  readonly blocks?: readonly number[];
}

/** Blocks of the largest order, beyond which their orders are too many to be tried. */
const MOST_BLOCKS = 3;

/** The renamings given, each with every order of the largest blocks; the first stays the identity. */
export function withBlocks(renamings: readonly CpuPermutation[], { pages, geometry }: World): CpuPermutation[] {
  const blocks = pages >> geometry.maxOrder;
  if (blocks < 2 || blocks > MOST_BLOCKS || blocks << geometry.maxOrder !== pages) return [...renamings];
  return permutations(blocks).flatMap((order) => renamings.map((renaming) => ({ ...renaming, blocks: order })));
}

/** The renaming moves blocks. */
export function movesBlocks({ blocks = [] }: CpuPermutation): boolean {
  return blocks.some((to, from) => to !== from);
}

/** Every renaming of CPUs that renames mms consistently, the identity first. */
export function cpuPermutations({ cpus, mms }: World): CpuPermutation[] {
  return permutations(cpus).flatMap((renamed) => {
    const moved = mmsMovedBy(renamed, mms);
    return moved === undefined ? [] : [{ cpus: renamed, mms: moved }];
  });
}

/** `cpu0→cpu1 cpu1→cpu0`, without those that stay. */
export function printPermutation({ cpus, blocks = [] }: CpuPermutation): string {
  return [...printMoved("cpu", cpus), ...printMoved("largest block ", blocks)].join(" ");
}

function printMoved(name: string, moved: readonly number[]): string[] {
  return moved.flatMap((to, from) => (to === from ? [] : [`${name}${from}→${name}${to}`]));
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
