import type { Frame } from "../../model/frame.ts";
import { GFP } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import { LOCAL_ORDER, type MicroStep, NEXT, type Outcome, type Program, YIELD } from "../../model/program.ts";
import { VM } from "../../model/vm-events.ts";
import {
  ALLOC_CMA,
  ALLOC_CPUSET,
  ALLOC_KSWAPD,
  ALLOC_MIN_RESERVE,
  ALLOC_NO_WATERMARKS,
  ALLOC_WMARK_HIGH,
  gfpPfmemallocFlags,
  gfpToAllocFlags,
} from "./alloc-flags.ts";
import type { SlowPath } from "./alloc-pages.ts";
import { acColumns, acRow } from "./columns.ts";
import { capturedList } from "./compaction-capture.ts";
import {
  COMPACT_COLUMNS,
  COMPACT_DEFERRED,
  COMPACT_PRIO_ASYNC,
  COMPACT_PRIO_SYNC_LIGHT,
  COMPACT_SKIPPED,
  compactColumns,
} from "./compaction-columns.ts";
import { compactionDeferReset } from "./compaction-defer.ts";
import { compactionAllowed, SUITABLE_COLUMNS } from "./compaction-suitable.ts";
import { drainAllPages } from "./drain-all-pages.ts";
import { MIGRATE_MOVABLE, migratetypeOfFreetype } from "./freetype.ts";
import { WAKE_COLUMNS, wakeAllKswapds, wakeupKswapd } from "./kswapd-wake.ts";
import { mayOom, oomTryLock, oomUnlock, outOfMemory } from "./oom.ts";
import { shouldCompactRetry, shouldReclaimRetry } from "./slowpath-retry.ts";
import { CONTEXT_COLUMNS, LIST_COLUMNS } from "./touches.ts";
import { unreserveHighatomicPageblock } from "./unreserve-highatomic.ts";
import { countEvent } from "./vm-count.ts";
import { currentZone, zoneIndex, zoneOfPage } from "./zones.ts";

/** The programs that the slow path calls. */
export interface SlowPathCalls {
  readonly tryToFreePages: Program;
  readonly tryToCompactPages: Program;
}

const LOCAL_RESULT = 0;
const LOCAL_PAGE = 3;

/** Where the slow path goes on when the attempt at the free lists that it has begun fails: `ac.stage`. */
export const STAGE = {
  fast: 0,
  adjusted: 1,
  compactedFirst: 2,
  retry: 3,
  reclaimed: 4,
  drained: 5,
  compacted: 6,
  oomCheck: 7,
  oomReserve: 8,
  nofail: 9,
} as const;

const AFTER_FAILURE: readonly string[] = [
  "slow_begin",
  "adjusted_failed",
  "first_compact_failed",
  "retry_failed",
  "unreserve",
  "direct_compact",
  "compact_failed",
  "oom",
  "oom_reserve_failed",
  "nofail_failed",
];

/**
 * `__alloc_pages_slowpath`: what an allocation does when the low watermark does not let it have a page.
 *
 *     wake kswapd ─▶ try above min ─▶ [compact first] ─▶ retry: try with reserves ─▶ may it wait? ─no─▶ nopage
 *       ─▶ direct reclaim ─▶ try ─▶ unreserve, drain ─▶ try ─▶ direct compact ─▶ try
 *       ─▶ NORETRY or costly: nopage ─▶ should reclaim or compact retry? ─▶ retry ─▶ OOM ─▶ nopage ─▶ NOFAIL: reserves, retry
 *
 * Every "try" is the attempt at the free lists that the fast path makes; `ac.stage` says where to go on when it fails.
 *
 * - **Context**: reclaim and compaction only where the flags allow sleeping; those steps declare it, so that a caller whose
 *   flags lie about its context is reported (S23).
 * - **Errors**: gives up with no page; never with __GFP_NOFAIL where direct reclaim is allowed.
 * - **Leaves out**: cpusets, memory policies, real-time tasks, OOM victims. Where the world does not reclaim by itself, a caller
 *   that may sleep unreserves and drains instead, tries again, and gives up, __GFP_NOFAIL or not.
 * - **Source**: `__alloc_pages_slowpath()` and its helpers in mm/page_alloc.c; v6.1 and v6.12 take the same stages.
 */
export function slowPath(calls: SlowPathCalls): SlowPath {
  return {
    steps: slowPathSteps(calls),
    succeeded,
    wakeKswapd: wakeForBoost,
    touches: [...COMPACT_COLUMNS, ...WAKE_COLUMNS],
  };
}

function slowPathSteps(calls: SlowPathCalls): MicroStep[] {
  return [
    ...adjustSteps(),
    ...firstCompactSteps(calls),
    ...retrySteps(),
    ...reclaimSteps(calls),
    ...compactSteps(calls),
    ...againSteps(),
    ...oomSteps(),
    ...giveUpSteps(),
  ].map((step) => ({ ...step, whole: true }));
}

/** An attempt that the slow path made has got a page: credits compaction, lets go of the OOM lock. */
function succeeded(k: Kernel, order: number): void {
  const stage = k.of(acColumns).stage.get(acRow(k));
  if (stage === STAGE.compactedFirst || stage === STAGE.compacted) creditCompaction(k, currentZone(k), order);
  oomUnlock(k);
}

/** A fallback has raised a zone's watermark: kswapd is to free that much, so that the next one finds a whole pageblock. */
function wakeForBoost(k: Kernel, zone: number): void {
  if (reclaims(k)) wakeupKswapd(k, k.world.zones[zone]?.node ?? 0, 0, 0, zoneIndex(k, zone));
}

const SLOW_COLUMNS = [...CONTEXT_COLUMNS, "pgdat.oomLock"] as const;

type Base = Pick<MicroStep, "imitates" | "needs" | "cost" | "touches">;

const anywhere: Base = { imitates: "__alloc_pages_slowpath", needs: "any", cost: "none", touches: SLOW_COLUMNS };
const sleeping: Base = { ...anywhere, needs: "may-sleep" };

function adjustSteps(): MicroStep[] {
  return [
    {
      ...anywhere,
      label: "slowpath",
      run: (k, f) => f.goto(AFTER_FAILURE[k.of(acColumns).stage.get(acRow(k))] ?? "nopage"),
    },
    {
      ...anywhere,
      label: "slow_begin",
      touches: [...SLOW_COLUMNS, ...WAKE_COLUMNS],
      run: (k, f) => {
        const c = k.of(acColumns);
        const row = acRow(k);
        c.noProgressLoops.set(row, 0);
        c.compactionRetries.set(row, 0);
        c.compactPriority.set(row, COMPACT_PRIO_SYNC_LIGHT);
        c.flags.set(row, gfpToAllocFlags(gfpOf(k), f.get(LOCAL_ORDER)));
        wakeKswapds(k, f);
        return attempt(k, f, STAGE.adjusted);
      },
    },
    {
      ...anywhere,
      label: "adjusted_failed",
      run: (k, f) => (shouldCompactFirst(k, f) ? NEXT : f.goto("retry")),
    },
  ];
}

/** Costly orders, and orders that are not movable: compaction keeps such pages together, reclaim does not. */
function firstCompactSteps({ tryToCompactPages }: SlowPathCalls): MicroStep[] {
  return [
    compactStep("compact_first", tryToCompactPages, () => COMPACT_PRIO_ASYNC),
    compactedStep("compact_first_done", STAGE.compactedFirst, "after_first_compact"),
    compactFailedStep("first_compact_failed"),
    {
      ...anywhere,
      label: "after_first_compact",
      run: (k, f) => {
        const c = k.of(acColumns);
        const row = acRow(k);
        if (isCostly(k, f) && (gfpOf(k) & GFP.NORETRY) !== 0) {
          const result = c.compactResult.get(row);
          if (result === COMPACT_SKIPPED || result === COMPACT_DEFERRED) return f.goto("nopage");
          c.compactPriority.set(row, COMPACT_PRIO_ASYNC);
        }
        return f.goto("retry");
      },
    },
  ];
}

function retrySteps(): MicroStep[] {
  return [
    {
      ...anywhere,
      label: "retry",
      touches: [...SLOW_COLUMNS, ...WAKE_COLUMNS],
      run: (k, f) => {
        const c = k.of(acColumns);
        const row = acRow(k);
        const flags = gfpToAllocFlags(gfpOf(k), f.get(LOCAL_ORDER));
        c.flags.set(row, flags);
        wakeKswapds(k, f);
        const reserve = pfmemalloc(k);
        // CMA and kswapd stay; the rest gives way to the right to the reserves.
        if (reserve !== 0) c.flags.set(row, reserve | (flags & (ALLOC_KSWAPD | ALLOC_CMA)));
        return attempt(k, f, STAGE.retry);
      },
    },
    {
      ...anywhere,
      label: "retry_failed",
      run: (k, f) => {
        if ((gfpOf(k) & GFP.DIRECT_RECLAIM) === 0) return f.goto("nopage");
        if (k.of(acColumns).memalloc.get(acRow(k)) === 1) return f.goto("nopage");
        return reclaims(k) ? NEXT : f.goto("unreserve");
      },
    },
  ];
}

function reclaimSteps({ tryToFreePages }: SlowPathCalls): MicroStep[] {
  return [
    {
      ...sleeping,
      label: "direct_reclaim",
      imitates: "__alloc_pages_direct_reclaim",
      run: (k, f) => {
        k.of(acColumns).memalloc.set(acRow(k), 1);
        return k.call(tryToFreePages, 0, 0, f.get(LOCAL_ORDER));
      },
    },
    {
      ...anywhere,
      label: "reclaimed",
      imitates: "__alloc_pages_direct_reclaim",
      run: (k, f) => {
        const c = k.of(acColumns);
        const row = acRow(k);
        c.memalloc.set(row, 0);
        // A stop in favour of compaction is progress, too.
        c.reclaimed.set(row, Math.max(c.reclaimed.get(row), f.get(LOCAL_RESULT)));
        return c.reclaimed.get(row) === 0 ? f.goto("direct_compact") : attempt(k, f, STAGE.reclaimed);
      },
    },
    {
      ...sleeping,
      label: "unreserve",
      imitates: "unreserve_highatomic_pageblock",
      run: (k) => k.call(unreserveHighatomicPageblock, 0, 0, 0),
    },
    {
      ...sleeping,
      label: "drain",
      imitates: "drain_all_pages",
      run: (k) => k.call(drainAllPages, 0, 0, 0, 0),
    },
    { ...anywhere, label: "drained", run: (k, f) => attempt(k, f, STAGE.drained) },
  ];
}

function compactSteps({ tryToCompactPages }: SlowPathCalls): MicroStep[] {
  return [
    {
      ...anywhere,
      label: "direct_compact",
      run: (k, f) => {
        if (!reclaims(k)) return f.goto("nopage");
        return f.get(LOCAL_ORDER) === 0 ? f.goto("after_compact") : NEXT;
      },
    },
    compactStep("compact", tryToCompactPages, (k) => k.of(acColumns).compactPriority.get(acRow(k))),
    compactedStep("compacted", STAGE.compacted, "after_compact"),
    compactFailedStep("compact_failed"),
    {
      ...anywhere,
      label: "after_compact",
      run: (k, f) => {
        const gfp = gfpOf(k);
        if ((gfp & GFP.NORETRY) !== 0) return f.goto("nopage");
        const may = compactionAllowed(gfp) && (gfp & GFP.RETRY_MAYFAIL) !== 0;
        return isCostly(k, f) && !may ? f.goto("nopage") : NEXT;
      },
    },
  ];
}

/** Once more, as long as reclaim or compaction promise anything; before giving up, the last of the atomic reserve. */
function againSteps(): MicroStep[] {
  return [
    {
      ...anywhere,
      label: "should_reclaim_retry",
      imitates: "should_reclaim_retry",
      touches: [...SLOW_COLUMNS, ...SUITABLE_COLUMNS],
      run: (k, f) => (shouldReclaimRetry(k, f.get(LOCAL_ORDER)) ? NEXT : f.goto("unreserve_last")),
    },
    { ...sleeping, label: "cond_resched", imitates: "should_reclaim_retry", run: () => YIELD },
    { ...anywhere, label: "to_retry", touches: [], run: (_k, f) => f.goto("retry") },
    {
      ...sleeping,
      label: "unreserve_last",
      imitates: "should_reclaim_retry",
      run: (k) => k.call(unreserveHighatomicPageblock, 0, 1, 0),
    },
    {
      ...anywhere,
      label: "should_compact_retry",
      imitates: "should_compact_retry",
      touches: [...SLOW_COLUMNS, ...SUITABLE_COLUMNS],
      run: (k, f) => {
        if (f.get(LOCAL_RESULT) === 1) return f.goto("retry");
        const progress = k.of(acColumns).reclaimed.get(acRow(k)) > 0 && compactionAllowed(gfpOf(k));
        return progress && shouldCompactRetry(k, f.get(LOCAL_ORDER)) ? f.goto("retry") : NEXT;
      },
    },
  ];
}

function oomSteps(): MicroStep[] {
  return [
    {
      ...sleeping,
      label: "may_oom",
      imitates: "__alloc_pages_may_oom",
      run: (k, f) => {
        if (!oomTryLock(k)) {
          k.of(acColumns).noProgressLoops.set(acRow(k), 0);
          return f.goto("cond_resched");
        }
        k.of(acColumns).flags.set(acRow(k), ALLOC_WMARK_HIGH | ALLOC_CPUSET);
        return attempt(k, f, STAGE.oomCheck);
      },
    },
    {
      ...sleeping,
      label: "oom",
      imitates: "out_of_memory",
      run: (k, f) => {
        const may = mayOom(k, f.get(LOCAL_ORDER));
        if (may) outOfMemory(k, f.get(LOCAL_ORDER));
        if (!may || (gfpOf(k) & GFP.NOFAIL) === 0) {
          oomUnlock(k);
          return f.goto("nopage");
        }
        k.of(acColumns).flags.set(acRow(k), ALLOC_NO_WATERMARKS);
        return attempt(k, f, STAGE.oomReserve);
      },
    },
    {
      ...sleeping,
      label: "oom_reserve_failed",
      imitates: "__alloc_pages_may_oom",
      run: (k, f) => {
        oomUnlock(k);
        k.of(acColumns).noProgressLoops.set(acRow(k), 0);
        return f.goto("cond_resched");
      },
    },
  ];
}

function giveUpSteps(): MicroStep[] {
  return [
    {
      ...anywhere,
      label: "nopage",
      run: (k, f) => {
        const gfp = gfpOf(k);
        if ((gfp & GFP.NOFAIL) === 0 || (gfp & GFP.DIRECT_RECLAIM) === 0) return fail(k, f);
        k.of(acColumns).flags.set(acRow(k), ALLOC_MIN_RESERVE);
        return attempt(k, f, STAGE.nofail);
      },
    },
    {
      ...anywhere,
      label: "nofail_failed",
      run: (k, f) => (reclaims(k) ? f.goto("cond_resched") : fail(k, f)),
    },
  ];
}

function compactStep(label: string, tryToCompactPages: Program, priority: (k: Kernel) => number): MicroStep {
  return {
    ...sleeping,
    label,
    imitates: "__alloc_pages_direct_compact",
    run: (k, f) => {
      k.of(acColumns).memalloc.set(acRow(k), 1);
      return k.call(tryToCompactPages, 0, 0, f.get(LOCAL_ORDER), priority(k));
    },
  };
}

/** A block caught while compacting is ours; else the free lists are tried. */
function compactedStep(label: string, stage: number, ifSkipped: string): MicroStep {
  return {
    ...anywhere,
    label,
    imitates: "__alloc_pages_direct_compact",
    touches: [...SLOW_COLUMNS, ...LIST_COLUMNS, ...COMPACT_COLUMNS],
    run: (k, f) => {
      const c = k.of(acColumns);
      const row = acRow(k);
      c.memalloc.set(row, 0);
      if (c.compactResult.get(row) === COMPACT_SKIPPED) return f.goto(ifSkipped);
      countEvent(k, VM.compact_stall);
      const list = capturedList(k, row);
      const captured = k.lists.first(list);
      if (captured < 0) return attempt(k, f, stage);
      k.lists.remove(list, captured);
      c.zone.set(row, zoneOfPage(k, captured));
      c.stage.set(row, stage);
      f.set(LOCAL_PAGE, captured + 1);
      return f.goto("prep_new_page");
    },
  };
}

function compactFailedStep(label: string): MicroStep {
  return {
    ...sleeping,
    label,
    imitates: "__alloc_pages_direct_compact",
    run: (k) => {
      countEvent(k, VM.compact_fail);
      return YIELD;
    },
  };
}

function creditCompaction(k: Kernel, zone: number, order: number): void {
  k.of(compactColumns).blockskipFlush.set(zone, 0);
  compactionDeferReset(k, zone, order, true);
  countEvent(k, VM.compact_success);
}

function shouldCompactFirst(k: Kernel, f: Frame): boolean {
  const gfp = gfpOf(k);
  if (!reclaims(k) || (gfp & GFP.DIRECT_RECLAIM) === 0 || !compactionAllowed(gfp) || pfmemalloc(k) !== 0) return false;
  if (isCostly(k, f)) return true;
  const type = migratetypeOfFreetype(k, k.of(acColumns).freetype.get(acRow(k)));
  return f.get(LOCAL_ORDER) > 0 && type !== MIGRATE_MOVABLE;
}

function attempt(k: Kernel, f: Frame, stage: number): Outcome {
  k.of(acColumns).stage.set(acRow(k), stage);
  return f.goto("get_page_from_freelist");
}

function fail(k: Kernel, f: Frame): Outcome {
  oomUnlock(k);
  k.of(acColumns).stage.set(acRow(k), STAGE.retry);
  f.set(LOCAL_PAGE, 0);
  return f.goto("prep_new_page");
}

function wakeKswapds(k: Kernel, f: Frame): void {
  if ((k.of(acColumns).flags.get(acRow(k)) & ALLOC_KSWAPD) !== 0) wakeAllKswapds(k, f.get(LOCAL_ORDER));
}

function pfmemalloc(k: Kernel): number {
  return gfpPfmemallocFlags(gfpOf(k), k.of(acColumns).memalloc.get(acRow(k)) === 1, false);
}

function isCostly(k: Kernel, f: Frame): boolean {
  return f.get(LOCAL_ORDER) > k.world.geometry.costlyOrder;
}

/** Reclaim and compaction are this world's business; off where a recording says what was freed and when. */
function reclaims(k: Kernel): boolean {
  return k.world.whole?.reclaim === true;
}

function gfpOf(k: Kernel): number {
  return k.of(acColumns).gfp.get(acRow(k));
}
