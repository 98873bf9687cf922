import type { BootedKernel } from "../boot-kernel.ts";
import { NONSENSITIVE, SENSITIVE } from "./kinds.ts";
import { giveBack, pagesIn, takeAll, takeAllOf } from "./take-all.ts";

/** What one pass over all of memory came to. Units: pages. */
export interface DrainPass {
  readonly asked: "sensitive" | "nonsensitive";
  readonly sizes: "largest" | "single";
  readonly got: number;
}

/**
 * W1: all of memory is asked for as one kind, given back, and asked for as the other, in the largest blocks and page by page.
 *
 * A design that keeps memory of one kind for itself, or leaks a page at a change of kind, gets less the next time round.
 *
 * - **Shapes, units**: pages got in each pass.
 * - **Source**: domain notes, corner workload W1; the drain test of the KUnit suite in the series of March 2025.
 */
export function wholeDrain(kernel: BootedKernel): DrainPass[] {
  const passes: DrainPass[] = [];
  for (const sizes of ["largest", "single"] as const) {
    for (const asked of ["sensitive", "nonsensitive", "sensitive"] as const) {
      const gfp = asked === "sensitive" ? SENSITIVE : NONSENSITIVE;
      const held = sizes === "largest" ? takeAll(kernel, gfp) : takeAllOf(kernel, gfp, 0);
      passes.push({ asked, sizes, got: pagesIn(held) });
      giveBack(kernel, held);
    }
  }
  return passes;
}
