import { seededChooser } from "../boot-kernel/chooser.ts";
import type { BootedKernel } from "../boot-kernel.ts";
import { NONSENSITIVE, SENSITIVE } from "./kinds.ts";
import { giveBack, type Held, takeAllOf } from "./take-all.ts";

/** One pass: blocks of the largest order that were got, and how they were given back. */
export interface LargePass {
  readonly asked: number;
  readonly blocks: number;
  readonly given: "whole" | "in pageblocks" | "page by page";
}

/**
 * W6: blocks larger than a pageblock, of one kind and then the other; given back whole, in pageblocks, and page by page in a
 * random order. They merge again across their pageblocks' labels.
 *
 * - **Source**: domain notes, corner workload W6 (S9); `buddy_merge` rules above pageblock_order in mm/page_alloc.c.
 */
export function abovePageblock(kernel: BootedKernel, seed: number): LargePass[] {
  const draw = seededChooser(seed);
  const { maxOrder, pageblockOrder } = kernel.machine.world.geometry;
  const pieces = { whole: maxOrder, "in pageblocks": pageblockOrder, "page by page": 0 } as const;
  return (["whole", "in pageblocks", "page by page"] as const).flatMap((given) =>
    [SENSITIVE, NONSENSITIVE].map((asked) => {
      const held = takeAllOf(kernel, asked, maxOrder);
      const parts = held.flatMap((block) => cut(kernel, block, pieces[given]));
      giveBack(kernel, shuffled(parts, draw));
      return { asked, blocks: held.length, given };
    }),
  );
}

function cut(kernel: BootedKernel, { pfn, order }: Held, into: number): Held[] {
  if (into === order) return [{ pfn, order }];
  kernel.splitPage(pfn, into);
  return Array.from({ length: 2 ** (order - into) }, (_, at) => ({ pfn: pfn + at * 2 ** into, order: into }));
}

function shuffled<T>(list: readonly T[], draw: (below: number) => number): T[] {
  const out = [...list];
  for (let at = out.length - 1; at > 0; at--) {
    const other = draw(at + 1);
    const kept = out[at] as T;
    out[at] = out[other] as T;
    out[other] = kept;
  }
  return out;
}
