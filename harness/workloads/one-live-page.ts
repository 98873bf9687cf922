import type { BootedKernel } from "../boot-kernel.ts";
import { oppositeOf } from "./kinds.ts";
import { giveBack, takeAllOf } from "./take-all.ts";

/** What fragmented memory still gives. */
export interface FragmentedMemory {
  /** Live pages, one in each pageblock. */
  readonly live: readonly number[];
  /** The single page of the other kind: the pfn, or why not. */
  readonly single: ReturnType<BootedKernel["allocPages"]>;
  /** A whole pageblock. */
  readonly block: ReturnType<BootedKernel["allocPages"]>;
}

/**
 * W4: one live page of a kind in every pageblock, all else free; then a single page of the other kind is asked for, and a whole
 * block.
 *
 * No block is whole, so a design that can only convert whole blocks has nothing to give, with nearly all of memory free (L2).
 *
 * - **Source**: domain notes, corner workload W4.
 */
export function oneLivePage(kernel: BootedKernel, kind: number): FragmentedMemory {
  const { pageblockOrder } = kernel.machine.world.geometry;
  const held = takeAllOf(kernel, kind, 0);
  const isLive = (pfn: number): boolean => pfn % 2 ** pageblockOrder === 3;
  giveBack(
    kernel,
    held.filter(({ pfn }) => !isLive(pfn)),
  );
  const single = kernel.allocPages(oppositeOf(kind), 0, { cpu: 0 });
  const block = kernel.allocPages(oppositeOf(kind), pageblockOrder, { cpu: 0 });
  return { live: held.filter(({ pfn }) => isLive(pfn)).map(({ pfn }) => pfn), single, block };
}
