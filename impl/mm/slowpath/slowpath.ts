import type { Frame } from "../../../model/frame.ts";
import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { LOCAL_ORDER, type MicroStep, NEXT, type Program, YIELD } from "../../../model/program.ts";
import {
  ALLOC_CMA,
  ALLOC_CPUSET,
  ALLOC_KSWAPD,
  ALLOC_MIN_RESERVE,
  ALLOC_NO_WATERMARKS,
  ALLOC_WMARK_HIGH,
  gfpToAllocFlags,
} from "../alloc-flags.ts";
import type { SlowPath } from "../alloc-pages.ts";
import { acColumns, acRow } from "../columns.ts";
import { COMPACT_COLUMNS, COMPACT_PRIO_SYNC_LIGHT } from "../compaction/columns.ts";
import { compactionAllowed, SUITABLE_COLUMNS } from "../compaction/suitable.ts";
import { drainAllPages } from "../drain-all-pages.ts";
import { WAKE_COLUMNS, wakeAllKswapds, wakeupKswapd } from "../reclaim/kswapd-wake.ts";
import { preferredZone } from "../zonelist.ts";
import { currentZone, zoneIndex } from "../zones.ts";
import { compactSteps, creditCompaction, firstCompactSteps, shouldCompactFirst } from "./compact.ts";
import { mayOom, oomTryLock, oomUnlock, outOfMemory } from "./oom.ts";
import { shouldCompactRetry, shouldReclaimRetry } from "./retry.ts";
import { anywhere, attempt, fail, gfpOf, pfmemalloc, reclaims, SLOW_COLUMNS, STAGE, sleeping } from "./stage.ts";
import { unreserveHighatomicPageblock } from "./unreserve-highatomic.ts";

/** The programs that the slow path calls. */
export interface SlowPathCalls {
  readonly tryToFreePages: Program;
  readonly tryToCompactPages: Program;
}

const LOCAL_RESULT = 0;

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
    ...firstCompactSteps(calls.tryToCompactPages),
    ...retrySteps(),
    ...reclaimSteps(calls),
    ...compactSteps(calls.tryToCompactPages),
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
        // No zone may serve it, and nothing that is freed will change that.
        if (preferredZone(k, c.node.get(row), gfpOf(k), c.highestZone.get(row)) < 0) return f.goto("nopage");
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

function wakeKswapds(k: Kernel, f: Frame): void {
  if ((k.of(acColumns).flags.get(acRow(k)) & ALLOC_KSWAPD) !== 0) wakeAllKswapds(k, f.get(LOCAL_ORDER));
}
