import type { Geometry } from "../../model/geometry.ts";

/** One block a caller holds. Units: log2 of pages. */
export interface HeldBlock {
  readonly pfn: number;
  readonly order: number;
}

/**
 * What a caller of the allocator knows: the blocks it was given, and how many pages may, at most, be out of the buddy lists
 * without being anybody's: on per-CPU lists and in a design's queues. Never says where a free page is.
 */
export interface Held {
  readonly blocks: readonly HeldBlock[];
  /** Per CPU: pages that may be on its per-CPU lists. */
  readonly listed: readonly number[];
  /** Per CPU: pages that may wait for its worker. */
  readonly queued: readonly number[];
}

/** Commands replace the state; the box is what fast-check hands from one to the next. */
export interface HeldBox {
  held: Held;
}

export function nothingHeld(cpus: number): Held {
  const none = Array.from({ length: cpus }, () => 0);
  return { blocks: [], listed: none, queued: none };
}

export function withBlock(held: Held, block: HeldBlock): Held {
  return { ...held, blocks: [...held.blocks, block] };
}

export function withoutBlock(held: Held, block: HeldBlock): Held {
  return { ...held, blocks: held.blocks.filter(({ pfn }) => pfn !== block.pfn) };
}

/** A row with one CPU's entry replaced. */
export function withCpu(row: readonly number[], cpu: number, pages: number): readonly number[] {
  return row.map((old, index) => (index === cpu ? pages : old));
}

/** A call for single or few pages may bring a batch to the CPU's lists. */
export function refilled(held: Held, cpu: number, order: number, geometry: Geometry): Held {
  if (order > geometry.costlyOrder) return held;
  const batch = Math.max(geometry.pcpBatch, 2 << order);
  const limit = geometry.pcpHigh + batch;
  return { ...held, listed: withCpu(held.listed, cpu, Math.min(limit, (held.listed[cpu] ?? 0) + batch)) };
}

/**
 * Whether an allocation of this order may fail: only if every aligned block of that size could have a page in it that is not on
 * the buddy lists. With fewer such pages than blocks one block is free as a whole, and buddies always merge.
 */
export function mayFail(held: Held, order: number, pages: number): boolean {
  const elsewhere = pagesHeld(held) + sum(held.listed) + sum(held.queued);
  return elsewhere >= Math.floor(pages / 2 ** order);
}

export function pagesHeld(held: Held): number {
  return held.blocks.reduce((pages, { order }) => pages + 2 ** order, 0);
}

/** A held block that shares a page with this one, if there is one. */
export function overlapping(held: Held, block: HeldBlock): HeldBlock | undefined {
  return held.blocks.find(({ pfn, order }) => pfn < block.pfn + 2 ** block.order && block.pfn < pfn + 2 ** order);
}

function sum(row: readonly number[]): number {
  return row.reduce((total, pages) => total + pages, 0);
}
