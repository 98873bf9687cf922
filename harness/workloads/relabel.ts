import { GFP } from "../../model/gfp.ts";
import type { BootedKernel } from "../boot-kernel.ts";

/** A pageblock's label at a moment of the workload. */
export interface LabelAt {
  readonly moment: string;
  readonly label: string;
}

/** What became of one block: its label before, while its range was busy, and after the range was given and taken back. */
export interface IsolatedBlock {
  readonly first: string;
  readonly labels: readonly LabelAt[];
  readonly busy: boolean;
  readonly granted: boolean;
}

const LABELLED_BY = {
  Unmovable: GFP.KERNEL,
  Movable: GFP.HIGHUSER_MOVABLE,
  Reclaimable: GFP.KERNEL | GFP.RECLAIMABLE,
} as const;

/**
 * W8, first half: a pageblock of each label is asked for as a contiguous range, once while a page in it cannot move (isolated and
 * un-isolated again), once when it is free.
 *
 * - **Shapes, units**: `sensitivity` is a flag that the pages are asked with, or 0.
 * - **Source**: domain notes, corner workload W8; `alloc_contig_range()`.
 */
export function isolateEachLabel(kernel: BootedKernel, sensitivity: number): IsolatedBlock[] {
  return Object.entries(LABELLED_BY).map(([first, gfp]) => {
    const page = kernel.allocPages(gfp | sensitivity, 0, { cpu: 0, use: "kernel" });
    if (!page.ok) return { first, labels: [], busy: false, granted: false };
    const size = 2 ** kernel.machine.world.geometry.pageblockOrder;
    const start = page.pfn - (page.pfn % size);
    const labels: LabelAt[] = [];
    const note = (moment: string): void => {
      labels.push({ moment, label: kernel.pageblock(start).migratetype });
    };
    note("live page");
    const busy = !kernel.allocContigRange(start, start + size, gfp | sensitivity).ok;
    note("refused");
    kernel.freePages(page.pfn, 0);
    kernel.runWorkers();
    const granted = kernel.allocContigRange(start, start + size, gfp | sensitivity).ok;
    note("granted");
    if (granted) kernel.freeContigRange(start, size);
    kernel.runWorkers();
    kernel.drainPages();
    note("given back");
    return { first, labels, busy, granted };
  });
}

/** What became of the reserve for high-order atomic requests. Units: pageblocks. */
export interface HighatomicReserve {
  readonly reserved: number;
  readonly left: number;
  /** The requests that were served below the watermark, and those that were not. */
  readonly served: number;
  readonly refused: number;
}

/**
 * W8, second half: memory is filled down to the watermarks, then atomic requests of high order come, which reserve pageblocks;
 * then a request that may reclaim is in need and takes the reserve back.
 *
 * - **Source**: domain notes, corner workload W8; `reserve_highatomic_pageblock()`, `unreserve_highatomic_pageblock()`.
 */
export function reserveHighatomic(kernel: BootedKernel, sensitivity: number): HighatomicReserve {
  const held: { pfn: number; order: number }[] = [];
  const take = (gfp: number, order: number): boolean => {
    const page = kernel.allocPages(gfp | sensitivity, order, { cpu: 0, use: "kernel" });
    if (page.ok) held.push({ pfn: page.pfn, order });
    return page.ok;
  };
  const block = kernel.machine.world.geometry.pageblockOrder;
  while (take(GFP.KERNEL | GFP.NORETRY, block));
  let served = 0;
  let refused = 0;
  for (let i = 0; i < 64; i++) take(GFP.ATOMIC, 1) ? served++ : refused++;
  const reserved = countHighatomic(kernel);
  while (take(GFP.KERNEL | GFP.RETRY_MAYFAIL, 0));
  const left = countHighatomic(kernel);
  for (const { pfn, order } of held) kernel.freePages(pfn, order);
  kernel.runWorkers();
  kernel.drainPages();
  return { reserved, left, served, refused };
}

function countHighatomic(kernel: BootedKernel): number {
  const { pages, geometry } = kernel.machine.world;
  let blocks = 0;
  for (let pfn = 0; pfn < pages; pfn += 2 ** geometry.pageblockOrder) {
    if (kernel.pageblock(pfn).migratetype === "HighAtomic") blocks++;
  }
  return blocks;
}
