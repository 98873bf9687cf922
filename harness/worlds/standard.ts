import type { CallEntry, MenuEntry } from "../../model/machine.ts";
import { type NamedWorld, spacesWith } from "./named-world.ts";

const RUN_GUEST: CallEntry = { call: "run_guest", args: [1] };
const TO_MM0: CallEntry = { call: "context_switch", args: [1] };
const TO_MM1: CallEntry = { call: "context_switch", args: [2] };

/** Blocks of an order, nonsensitive and sensitive: the two requests of every scenario. */
function blocksOf(order: number): readonly MenuEntry[] {
  return [0, 1].map((request) => ({ request, order }));
}

/**
 * The worlds in which every design is explored whole (docs/exploration.md): the same for all, each with a danger of its own.
 *
 * In the `small` geometry a flip of a pageblock is above the flush ceiling and a full flush; in `4k-leaf` it is a range of
 * INVLPGs. Only `two-mms` has address spaces, and so runs only with designs that bring code for them.
 */
export const STANDARD: readonly NamedWorld[] = [
  {
    name: "tiny",
    purpose: "one pageblock, which six calls can exhaust: two CPUs race for the last page, and somebody gets none",
    scope: "cpus=2,pages=4,calls=3+3",
    callMenu: [],
    allocates: true,
  },
  {
    name: "pair",
    purpose: "pages and pairs of pages: blocks are split and merged by two CPUs, and pairs go past the per-CPU lists",
    scope: "cpus=2,pages=4,calls=3+3",
    callMenu: [],
    allocates: true,
    menu: blocksOf(1),
  },
  {
    name: "fragmented",
    purpose: "every other page is taken: nothing merges and no block can be flipped until its neighbours are freed",
    scope: "cpus=2,pages=8,calls=3+3,setup=fragmented",
    callMenu: [],
    allocates: true,
  },
  {
    name: "irq",
    purpose: "calls arrive in hard IRQ too, between any two steps of a task: where no flush may be made",
    scope: "cpus=2,pages=4,calls=3+3,irq=1",
    callMenu: [],
    allocates: true,
  },
  {
    name: "two-mms",
    purpose: "two mms and one slot: the slot changes hands at every switch (one CPU, unless asked for two)",
    scope: "cpus=1,pages=1,mms=2,calls=4,setup=drained",
    spaces: spacesWith({}),
    callMenu: [RUN_GUEST, TO_MM0, TO_MM1],
    allocates: true,
  },
  {
    name: "flip",
    purpose: "two CPUs want secrets of memory that is all mapped: each call flips a block towards sensitive, or fails",
    scope: "cpus=2,pages=8,calls=2+2,setup=flipped",
    callMenu: [],
    allocates: true,
  },
  {
    name: "contig",
    purpose:
      "whole pageblocks beside single pages, one block in use: a large request races with what splits the last block",
    scope: "cpus=2,pages=8,calls=3+3,setup=one-block-free",
    callMenu: [],
    allocates: true,
    menu: blocksOf(2),
  },
  {
    name: "4k-leaf",
    purpose: "a pageblock is below the flush ceiling: what is unmapped is flushed page by page, and nothing else goes",
    scope: "cpus=2,pages=8,calls=3+3,setup=flipped,geometry=4k-leaf",
    callMenu: [],
    allocates: true,
  },
];
