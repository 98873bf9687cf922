import type { DeclaredBreak, Design } from "../../../model/design.ts";
import { GFP } from "../../../model/gfp.ts";
import { allOtherCpus, ipiShootdown, type Targets } from "../../asi/shootdown/kernel-range.ts";
import { asyncFreeColumns } from "./columns.ts";
import { enqueue } from "./enqueue.ts";
import { mapAllocated } from "./map.ts";
import { type AsyncFreeSwitches, CORRECT } from "./switches.ts";
import { asyncFreeWorker } from "./worker.ts";

/** What sets a variant of async-free apart: a name, what is wrong with it, and the switches that make it so. */
export interface Variant {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly switches: Partial<AsyncFreeSwitches>;
  readonly breaks: readonly DeclaredBreak[];
}

export const PROMISES = ["S1", "S2", "S3", "S8", "S13", "S16a", "S17", "S23", "L4", "DEADLOCK", "REFINE-page"] as const;

/**
 * Design A: every free page is unmapped; allocation maps, free queues, a worker unmaps and flushes in batches.
 *
 * - **Source**: ASI RFC v2 (January 2025), with its zeroing condition put right, the worker woken, one flush per batch.
 */
export const asyncFree: Design = makeAsyncFree({
  id: "async-free",
  title: "asynchronous free",
  summary: "Free pages are always unmapped; a freed mapped page waits for a worker that flushes once per batch.",
  switches: {},
  breaks: [],
});

/** The design, or one of its variants, with code built for its switches. */
export function makeAsyncFree(variant: Variant): Design {
  const switches = { ...CORRECT, ...variant.switches };
  const targets: Targets = switches.forgetOneCpu ? forgetOne : allOtherCpus;
  const { flush, programs } = ipiShootdown({ targets });
  const broken = new Set(variant.breaks.map((entry) => entry.claim));
  return {
    id: variant.id,
    title: variant.title,
    summary: variant.summary,
    canary: variant.breaks.length > 0,
    protectedMap: "restricted",
    protects: (gfp) => ((gfp & GFP.SENSITIVE) !== 0 ? "yes" : "no"),
    promises: PROMISES.filter((claim) => !broken.has(claim)),
    breaks: variant.breaks,
    notApplicable: {},
    groups: [asyncFreeColumns],
    programs,
    hooks: { allocated: mapAllocated(switches), freePrepare: enqueue(switches) },
    workers: [
      {
        name: "asi_async_free",
        program: asyncFreeWorker(flush, switches),
        wanted: (k, cpu) => k.of(asyncFreeColumns).workPending.get(cpu) === 1,
      },
    ],
    lists: (cpus) => [
      { name: "queue", count: cpus, mustDrain: true },
      { name: "batch", count: cpus, mustDrain: true, inProgress: true },
    ],
    pageFlag: "asi.nonsensitive",
    leavesOut: [
      "Page-table allocation while mapping, and its failure.",
      "Direct reclaim waiting for the queue (not in the posted series).",
      "The second half of the queue's life before the workqueue exists at boot.",
    ],
  };
}

/** Leaves out the lowest-numbered other CPU. */
const forgetOne: Targets = (online, self) => {
  const others = allOtherCpus(online, self);
  return others & (others - 1);
};
