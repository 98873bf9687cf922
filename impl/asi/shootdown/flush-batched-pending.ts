import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type LocalSpec, NEXT, type Program } from "../../../model/program.ts";
import { BATCH_COLUMNS, isBatchPending, tlbBatch } from "./tlbbatch.ts";

/** Locals of whoever looks at an mm's PTEs: the mm as a link, and the counter's halves as they were when its flush began. */
export const LOCAL_MM = 2;
const LOCAL_PENDING = 3;
const LOCAL_FLUSHED = 4;

export const PENDING_LOCALS: readonly LocalSpec[] = [
  { name: "result", sort: "count" },
  { name: "page", sort: "pfn", link: true },
  { name: "mm", sort: "mm", link: true },
  { name: "pending", sort: "count" },
  { name: "flushed", sort: "count" },
];

/** Named departures from the kernel where reclaim has been at a PTE first; each is a canary's. */
export interface ZapSwitches {
  /** 1: a PTE that is clear already needs no flush of one's own. */
  readonly skipsBatched: boolean;
  /** 18: when a flush has ended, all that is pending by then counts as flushed. */
  readonly forgetsNewPending: boolean;
}

/**
 * `process_madvise` of a range that maps nothing (any more): all it does to the mm is to flush what reclaim has left pending.
 *
 * - **Context**: task, interrupts on.
 * - **Shapes, units**: local 2 is the mm's link; `flush` takes the pages (0: all) and the mm's link as locals 2 and 3.
 * - **Source**: `madvise_cold_or_pageout_pte_range()` in mm/madvise.c, `flush_tlb_batched_pending()` in mm/rmap.c, v6.12.
 */
export function processMadvise(flush: Program, { forgetsNewPending }: Partial<ZapSwitches> = {}): Program {
  const common = { imitates: "flush_tlb_batched_pending", needs: "any", cost: "none" } as const;
  return defineProgram({
    name: "process_madvise",
    role: "inner",
    locals: PENDING_LOCALS,
    steps: [
      {
        ...common,
        label: "read_counter",
        touches: [...BATCH_COLUMNS],
        run: (k, f) => {
          if (!isBatchPending(k, f.get(LOCAL_MM) - 1)) return f.return(0);
          noteCounter(k, f);
          return NEXT;
        },
      },
      { ...common, label: "flush", touches: [], run: (k, f) => k.call(flush, 0, 0, 0, f.get(LOCAL_MM)) },
      {
        ...common,
        label: "record_flushed",
        touches: [...BATCH_COLUMNS],
        run: (k, f) => {
          recordFlushed(k, f, forgetsNewPending === true);
          return f.return(0);
        },
      },
    ],
  });
}

export function noteCounter(k: Kernel, f: Frame): void {
  const mm = f.get(LOCAL_MM) - 1;
  const { pending, flushed } = k.of(tlbBatch);
  f.set(LOCAL_PENDING, pending.get(mm));
  f.set(LOCAL_FLUSHED, flushed.get(mm));
}

/** atomic_cmpxchg() on both halves: a counter that has moved is left as it is. */
export function recordFlushed(k: Kernel, f: Frame, regardless: boolean): void {
  const mm = f.get(LOCAL_MM) - 1;
  const { pending, flushed } = k.of(tlbBatch);
  const moved = pending.get(mm) !== f.get(LOCAL_PENDING) || flushed.get(mm) !== f.get(LOCAL_FLUSHED);
  if (!moved || regardless) flushed.set(mm, pending.get(mm));
  f.set(LOCAL_PENDING, 0);
  f.set(LOCAL_FLUSHED, 0);
}
