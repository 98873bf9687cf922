import type { BlockSize } from "../../properties/arbitraries/workload.ts";

/**
 * One corner workload: what it does to memory or to a CPU, in which worlds, and in which words.
 *
 * A line is `WHO WHAT`: who is a CPU (`0`, `1`), `each` or `any`; what is one of
 * `take plain|secret [SIZE] [all|xN]`, `give newest|oldest|all [xN]`, `irq-take plain|secret`, `irq-give oldest`, `drain CPU`,
 * `call NAME`, `may-call NAME` (where the world has it), `interrupt`, `nmi`, `preempt`, `enter`, `leave`. The line `settle` waits until all before it is over; without it lines of
 * different CPUs overlap as the scheduler likes.
 */
export interface CornerScript {
  readonly id: string;
  readonly title: string;
  /** Scopes, of which a run takes one that the design has code for. */
  readonly worlds: readonly string[];
  readonly sizes?: readonly BlockSize[];
  readonly lines: readonly string[];
  /** Why no random run can follow it, and what runs it instead. */
  readonly elsewhere?: string;
}

const PLAIN_WORLDS = ["cpus=2,pages=8", "cpus=2,pages=12", "cpus=3,pages=64,geometry=medium"];

/** The corner workloads, in the order of their numbers. */
export const CORNER_SCRIPTS: readonly CornerScript[] = [
  {
    id: "W1",
    title: "whole-node drain: all memory as one kind, given back, all of it as the other, and again",
    worlds: PLAIN_WORLDS,
    lines: [
      "any take secret all",
      "any give all",
      "settle",
      "any take plain all",
      "any give all",
      "settle",
      "any take secret all",
    ],
  },
  {
    id: "W2",
    title: "ping-pong: single pages of either kind by turns, with one free block",
    worlds: ["cpus=2,pages=8,setup=one-block-free", "cpus=1,pages=8,setup=one-block-free"],
    lines: [
      "0 take secret",
      "0 give newest",
      "settle",
      "any take plain",
      "any give newest",
      "settle",
      "0 take secret",
      "any give newest",
      "0 take plain",
      "0 give newest",
    ],
  },
  {
    id: "W3",
    title: "every CPU asks for one page of the opposite kind at once",
    worlds: ["cpus=2,pages=8,setup=flipped", "cpus=3,pages=8,setup=flipped", "cpus=2,pages=8,setup=secrets-freed"],
    lines: [
      "each take secret",
      "settle",
      "each give newest",
      "settle",
      "each take plain",
      "settle",
      "each take secret",
    ],
  },
  {
    id: "W4",
    title: "one live page in every block, then a page of the opposite kind",
    worlds: ["cpus=2,pages=8,setup=fragmented", "cpus=1,pages=16,setup=fragmented"],
    lines: ["any give oldest x2", "settle", "each take secret", "any take plain", "settle", "each give newest"],
  },
  {
    id: "W5",
    title: "only interrupts ask, and for the rarer kind",
    worlds: ["flip-atomic", "cpus=2,pages=8,setup=secrets-freed,irq=1", "cpus=2,pages=8,setup=drained,irq=1"],
    lines: [
      "any give oldest x3",
      "each irq-take plain",
      "any take secret",
      "each irq-take plain",
      "any irq-give oldest",
    ],
  },
  {
    id: "W6",
    title: "blocks above pageblock order, of either kind, merged back",
    worlds: ["cpus=2,pages=8", "cpus=2,pages=64,geometry=medium"],
    sizes: ["page", "pageblock", "largest"],
    lines: [
      "0 take secret largest",
      "0 give newest",
      "settle",
      "0 take plain largest",
      "0 give newest",
      "settle",
      "each take secret pageblock",
      "each give newest",
      "any take plain largest",
    ],
  },
  {
    id: "W7",
    title: "a free in hard IRQ while the worker unmaps",
    worlds: ["cpus=2,pages=8,setup=drained,irq=1", "cpus=1,pages=8,setup=drained,irq=1"],
    lines: [
      "0 give oldest",
      "0 irq-give oldest",
      "any give oldest",
      "any irq-give oldest",
      "0 irq-give oldest",
      "settle",
      "each take secret",
      "0 irq-give oldest",
    ],
  },
  {
    id: "W8",
    title: "isolate and un-isolate, reserve and unreserve high-order atomic blocks, on each label",
    worlds: [],
    lines: [],
    elsewhere:
      "isolation and reserves run in the whole allocator only: the engine `whole` of check, and workloads of bootKernel",
  },
  {
    id: "W9",
    title: "memory failure and set_memory on a page of a block of each label",
    worlds: ["direct-map"],
    lines: [
      "0 call syscall_user",
      "any take secret",
      "0 call set_mce_nospec",
      "0 call set_memory_ro",
      "settle",
      "any take plain",
      "0 call clear_mce_nospec",
      "0 call set_memory_rw",
      "any give newest",
      "0 call syscall_user",
    ],
  },
  {
    id: "W10",
    title: "a task migrates across CPUs and mms with more contexts than slots, memory changing kind between",
    worlds: ["three-mms", "two-slots", "two-mms", "two-mms,slots=2", "slot-behind"],
    lines: [
      "any call context_switch",
      "any call run_guest|syscall_user",
      "any give oldest",
      "any call context_switch",
      "any call run_guest|syscall_user",
      "any take secret",
      "any call context_switch",
      "any give newest",
      "any take plain",
      "any call run_guest|syscall_user",
    ],
  },
  {
    id: "W11",
    title: "a CPU goes offline and comes back around a change of memory's kind",
    worlds: ["hotplug", "back-online"],
    lines: [
      "1 call run_guest",
      "1 call context_switch|run_guest",
      "1 call cpu_down",
      "settle",
      "0 give oldest",
      "0 take secret",
      "settle",
      "1 call cpu_up",
      "1 call run_guest",
    ],
  },
  {
    id: "W12",
    title: "an allocation of a table fails at each place of a flip of several leaves",
    worlds: ["tables", "flip-tables"],
    lines: [
      "0 call syscall_user",
      "0 take secret",
      "0 give newest",
      "settle",
      "0 take plain",
      "0 call syscall_user",
      "0 take secret",
    ],
  },
  {
    id: "W13",
    title: "entering and leaving, with a device interrupt and an NMI at any step",
    worlds: ["transitions", "faults"],
    lines: ["0 call run_guest", "0 interrupt", "0 nmi", "0 call syscall_user|touch_page", "0 call asi_exit|run_guest"],
  },
  {
    id: "W14",
    title: "a caller inside a lock taken with interrupts off, and a shootdown that waits for its CPU",
    worlds: ["flip", "flip-asi", "batch-asi", "cpus=2,pages=8,setup=flipped"],
    lines: [
      "0 take secret",
      "1 take plain",
      "1 take secret",
      "settle",
      "each give newest",
      "0 take plain",
      "1 take secret",
    ],
  },
  {
    id: "W15",
    title: "a page is shown by vmap, unmapped, freed, becomes secret, and is read through the alias",
    worlds: ["aliases"],
    lines: [
      "0 call vmap",
      "0 give oldest",
      "settle",
      "0 take secret",
      "0 call syscall_user",
      "0 call purge_vmap_area_lazy",
      "0 take secret",
    ],
  },
];
