import type { BootedKernel } from "../boot-kernel.ts";
import { oppositeOf } from "./kinds.ts";
import { giveBack, takeAllOf } from "./take-all.ts";

/** What a round came to: pages that the CPUs got, -1 for a CPU that got none. */
export interface Round {
  readonly got: readonly number[];
}

/**
 * W3: memory has been used as one kind; then every CPU asks for one page of the other kind at the same time.
 *
 * Nothing serialises them: a design that converts memory may convert a block for each, and one that frees later may have nothing
 * at hand for any.
 *
 * - **Shapes, units**: `used` is the kind that memory held before; rounds of one page per CPU, all given back at once after each.
 * - **Source**: domain notes, corner workload W3.
 */
export function allAtOnce(kernel: BootedKernel, used: number, rounds: number, seed: number): Round[] {
  giveBack(kernel, takeAllOf(kernel, used, 0));
  const cpus = Array.from({ length: kernel.machine.world.cpus }, (_, cpu) => cpu);
  return Array.from({ length: rounds }, (_, round) => {
    const got = kernel.together(
      cpus.map((cpu) => ({ cpu, gfp: oppositeOf(used), order: 0 })),
      seed + round * 2,
    );
    const given = got.flatMap((pfn, at) => (pfn < 0 ? [] : [{ cpu: (at + 1) % cpus.length, free: pfn }]));
    kernel.together(given, seed + round * 2 + 1);
    return { got };
  });
}
