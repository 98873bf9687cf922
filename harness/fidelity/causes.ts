import type { ReplayMode } from "../trace-replay/options.ts";

/** Why a figure misses its target, found in the sources and in the recording; and the recordings it is about. */
export interface Cause {
  readonly trace: RegExp;
  readonly mode?: ReplayMode;
  /** Of the figures' names. */
  readonly figure: RegExp;
  readonly because: string;
}

/** The first that fits a miss explains it; a miss that none fits is printed as unexplained. */
export const CAUSES: readonly Cause[] = [
  {
    trace: /^(frag|pageio)$/,
    mode: "as-recorded",
    figure: /^drains/,
    because:
      "compaction: each frame that it empties is freed to a pcplist and drained. The model moves nothing in this mode, so these frees are not replayed (`frames emptied by compaction` below counts them)",
  },
  {
    trace: /^frag$/,
    mode: "closed-loop",
    figure: /^drains/,
    because:
      "the workload writes to `compact_memory`; that is no call of the allocator, so the model is never asked to compact, and has memory enough not to of its own",
  },
  {
    trace: /^pageio$/,
    mode: "as-recorded",
    figure: /^free pages/,
    because:
      "requests that the model refuses leave their pages free. Compaction's frees being left out, its free pages run lower under pressure; a slab of order 1 is then served by the slow path and reserves a pageblock for HIGHATOMIC (`gfp_to_alloc_flags()`), which only direct reclaim gives back, and that is off",
  },
  {
    trace: /^pageio$/,
    mode: "closed-loop",
    figure: /^free pages/,
    because:
      "the model reclaims other pages than the kernel did: the recording tells no accesses and no writeback, so its LRU order is that of allocation. A page that it takes too early is counted as a refault and not read in again, so more memory stays free",
  },
];

/** The first cause that fits, if any. */
export function causeOf(trace: string, mode: ReplayMode, figure: string): string | undefined {
  return CAUSES.find(
    (cause) =>
      cause.trace.test(trace) && (cause.mode === undefined || cause.mode === mode) && cause.figure.test(figure),
  )?.because;
}
