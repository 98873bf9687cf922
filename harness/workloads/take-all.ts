import type { BootedKernel } from "../boot-kernel.ts";

export interface Held {
  readonly pfn: number;
  readonly order: number;
}

/**
 * Allocates until nothing of the order is left, CPU after CPU; on a refusal the per-CPU lists are drained, as a caller that
 * reclaims would, and it asks again. Answers the blocks in the order in which they came.
 *
 * A few pages may stay out of reach: readers without the lock see free counts that lag behind.
 */
export function takeAllOf(kernel: BootedKernel, gfp: number, order: number): Held[] {
  const held: Held[] = [];
  const { cpus } = kernel.machine.world;
  for (let refused = 0, at = 0; refused <= cpus; at++) {
    const page = kernel.allocPages(gfp, order, { cpu: at % cpus, use: "kernel" });
    if (page.ok) held.push({ pfn: page.pfn, order });
    else if (refused === 0) kernel.drainPages();
    refused = page.ok ? 0 : refused + 1;
  }
  return held;
}

/** All of memory in the largest blocks there are, down to single pages. */
export function takeAll(kernel: BootedKernel, gfp: number): Held[] {
  const held: Held[] = [];
  for (let order = kernel.machine.world.geometry.maxOrder; order >= 0; order--)
    held.push(...takeAllOf(kernel, gfp, order));
  return held;
}

/** Gives blocks back, each on another CPU than the one before, empties the per-CPU lists and lets woken threads finish. */
export function giveBack(kernel: BootedKernel, held: readonly Held[]): void {
  const { cpus } = kernel.machine.world;
  held.forEach(({ pfn, order }, at) => {
    kernel.freePages(pfn, order, { cpu: at % cpus });
  });
  kernel.runWorkers();
  kernel.drainPages();
}

export function pagesIn(held: readonly Held[]): number {
  return held.reduce((pages, { order }) => pages + 2 ** order, 0);
}
