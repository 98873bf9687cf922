import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * The batch of pages that wait for one flush together.
 *
 *     collecting ──seal──▶ sealed ──start──▶ flushing ──finish──▶ collecting
 *
 * The bound is the seal: pages are refused from then until the flush has started, so that a batch is never larger than what
 * its flush was told of. While it runs, pages are collected again, for the next one. What happens to a page meanwhile is
 * told by `member.machine.ts`; which CPUs have been reached, by `coverage.machine.ts`.
 *
 * `flushing` has no `start`: one flush at a time, and each is waited for.
 */
export const batchMachine = createMachine({
  id: "batch",
  initial: "collecting",
  states: {
    collecting: {
      description: "No flush is under way; pages that were unmapped may be added.",
      on: { collect: "collecting", seal: "sealed" },
    },
    sealed: {
      description: "The pages of the next flush are fixed, and it has not started.",
      on: { start: "flushing" },
    },
    flushing: {
      description: "The flush has started and some CPU may not have been reached; pages are added to the next batch.",
      on: { collect: "flushing", finish: "collecting" },
    },
  },
});

/**
 * One page's place in the batches.
 *
 *     out ──collect──▶ collected ──start──▶ in-flight ──finish──▶ credited ──release──▶ out
 *
 * and `cancel`, from each of them to `out`: a page whose leaf is set again takes its clear, its place and its credit with
 * it. When it is cleared once more that is another clear, and a flush that is already under way has not observed it: a CPU
 * that answered in between may hold the page again.
 *
 * `credited` is what S5 is about: from here the page is released without a look at any CPU.
 *
 * The missing edge: `collected` has no `finish`; a flush is credited with what it observed when it started.
 */
export const memberMachine = createMachine({
  id: "member",
  initial: "out",
  states: {
    out: {
      description: "The page is in no batch, or was remapped since it was.",
      on: { collect: "collected", cancel: "out" },
    },
    collected: {
      description: "The page waits for the next flush, and its leaf has been clear since it joined.",
      on: { start: "in-flight", cancel: "out" },
    },
    "in-flight": {
      description: "The page's leaf was clear when the flush under way started, and has been since.",
      on: { finish: "credited", cancel: "out" },
    },
    credited: {
      description: "A flush that began after the page's last clear is over: no CPU can use a translation to it.",
      on: { release: "out", cancel: "out" },
    },
  },
});

/**
 * Has one CPU invalidated since the batch's flush started?
 *
 *     covered ──start──▶ due ──cover──▶ covered
 *
 * Any full invalidation will do, whoever asked for it. The missing edge: `due` has no `confirmCovered`.
 */
export const coverageMachine = createMachine({
  id: "coverage",
  initial: "covered",
  states: {
    covered: {
      description: "No flush is under way, or the CPU has invalidated everything since it started.",
      on: { start: "due", confirmCovered: "covered" },
    },
    due: {
      description: "The CPU has not invalidated since the flush started.",
      on: { start: "due", cover: "covered" },
    },
  },
});

export const batchMissing: readonly MissingEdge[] = [
  {
    chart: "member",
    from: "collected",
    event: "finish",
    to: "credited",
    guards: "S5",
    because: "A page cleared after some CPU had answered is taken for flushed on that CPU.",
  },
  {
    chart: "coverage",
    from: "due",
    event: "confirmCovered",
    to: "due",
    guards: "S5",
    because: "A batch credited before its last CPU was reached hands out pages that this CPU may still read.",
  },
];
