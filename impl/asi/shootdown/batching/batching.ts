import type { Hooks, Worker } from "../../../../model/design.ts";
import type { Program } from "../../../../model/program.ts";
import type { ListKind } from "../../../../model/world.ts";
import type { Part } from "../../parts.ts";
import { enqueuePending } from "./enqueue.ts";
import { flushPending } from "./flush-pending.ts";
import { type BatchingOptions, batchColumns, batchLists, hasUncovered } from "./queue.ts";
import { takeBack } from "./reuse.ts";

/** Batched shootdowns as a design plugs them in: hooks, a worker, and the lists on which pages wait. */
export interface Batching extends Part {
  readonly freePrepare: NonNullable<Hooks["freePrepare"]>;
  readonly refill: NonNullable<Hooks["refill"]>;
  readonly worker: Worker;
  lists(cpus: number): readonly ListKind[];
}

/**
 * Puts off the flush that a freed mapped page needs: collects, coalesces, flushes once, cancels what is mapped again first.
 *
 *     free:  clear leaves · queue ──────┬── worker: one flush for all · free            (bounded latency: it is always wanted)
 *                                       ├── beyond the bound: the caller flushes        (back-pressure)
 *     alloc: nonsensitive ◀─ take back ─┤                                               (cancelled: no flush at all)
 *            sensitive    ◀─ flush ─────┘
 *
 * - **Shapes, units**: `prepare`, if there, is called with each freed block first (locals 1 link, 2 order) and may not keep it.
 * - **Source**: reclaim's batched unmapping (mm/rmap.c, arch/x86/mm/tlb.c) for collecting and crediting; the epochs are what
 *   `tlb_flush_batched` counts there.
 */
export function batching(options: BatchingOptions, prepare?: Program): Batching {
  const { shootdown } = options;
  const flush = flushPending(options);
  const freePrepare = enqueuePending(options, prepare);
  const refill = takeBack(options);
  return {
    freePrepare,
    refill,
    worker: { name: "flush_pending", program: flush, wanted: (k, cpu) => cpu === 0 && hasUncovered(k) },
    lists: batchLists,
    groups: [batchColumns, ...shootdown.groups],
    programs: [flush, ...shootdown.programs],
    calls: shootdown.calls,
  };
}
