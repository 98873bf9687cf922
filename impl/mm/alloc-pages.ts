import type { Hooks } from "../../model/design.ts";
import type { Frame } from "../../model/frame.ts";
import { GFP, migratetypeOf } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import {
  defineProgram,
  LOCAL_ORDER,
  LOCAL_REQUEST,
  LOCAL_RESULT,
  type MicroStep,
  NEXT,
  type Outcome,
  type Program,
} from "../../model/program.ts";
import { PGALLOC } from "../../model/vm-events.ts";
import type { WholeAllocator } from "../../model/zone.ts";
import {
  clearAllocContext,
  prepareAllocContext,
  resetZoneref,
  tryNextZone,
  ZONE_FOUND,
  ZONELIST_END,
} from "./alloc-context.ts";
import { ALLOC_CMA, ALLOC_HIGHATOMIC, ALLOC_KSWAPD } from "./alloc-flags.ts";
import { acColumns, acRow, pcpLock, zoneColumns, zoneLock } from "./columns.ts";
import { freetypeOf, MIGRATE_MOVABLE, migratetypeOfFreetype } from "./freetype.ts";
import { mayReserveHighatomic, reserveHighatomic } from "./highatomic.ts";
import { jump } from "./jump.ts";
import { layoutOf } from "./mm-layout.ts";
import { notePcpAlloc } from "./pcp-sizing.ts";
import { pcpAllowed, pcpTake, refill } from "./pcplist.ts";
import { rmqueueBuddy } from "./rmqueue.ts";
import { AC_COLUMNS, BUDDY_COLUMNS, CONTEXT_COLUMNS, HAND_OUT_COLUMNS, PCP_COLUMNS } from "./touches.ts";
import { countEvent } from "./vm-count.ts";
import { WATERMARK_COLUMNS } from "./watermark.ts";
import { currentZone, zoneIndex } from "./zones.ts";

const LOCAL_PAGE = 3;

/**
 * `alloc_pages`: zones in the order of the zonelist, each by its watermark, then per-CPU list, refill, buddy lists; the slow
 * path; preparation; and the design's hook with the page owned and no lock held.
 *
 * - **Context**: any. In hard IRQ the per-CPU lock may be held by the interrupted task: trylock fails, the buddy lists serve.
 * - **Shapes, units**: local 2 is the order; answers the block's link (pfn + 1), 0 when there is no memory.
 * - **Errors**: 0, also for an order beyond the largest; the hook may refuse (a failed table allocation), then the block is
 *   given back first.
 * - **Leaves out**: cpusets, memory policies, dirty limits, memcg, node reclaim (docs/modelling.md). Where only the fast path
 *   runs: zones, watermarks and the slow path.
 * - **Source**: `__alloc_pages_noprof()`, `get_page_from_freelist()`, `rmqueue()` in mm/page_alloc.c, v6.1 and v6.12.
 */
export function allocPages(hooks: Hooks, slow: SlowPath = GIVE_UP): Program {
  return defineProgram({
    name: "alloc_pages",
    role: "alloc",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "order", sort: "order" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [
      ...zonelistSteps(),
      ...perCpuSteps(),
      ...buddySteps(),
      ...takenSteps(slow),
      ...slow.steps,
      ...finishSteps(hooks, slow),
      ...refillSteps(hooks),
    ],
  });
}

/**
 * What an allocation takes of the slow path, which lies in files of its own.
 *
 * - **steps**: labelled `slowpath` where they begin; each goes back to `get_page_from_freelist`, or gives up with no page at
 *   `prep_new_page`.
 * - **succeeded**: an attempt of the slow path has got a page; runs before the context is cleared.
 * - **wakeKswapd**: for a zone whose watermark a fallback has boosted.
 */
export interface SlowPath {
  readonly steps: readonly MicroStep[];
  succeeded(k: Kernel, order: number): void;
  wakeKswapd(k: Kernel, zone: number): void;
  /** Columns that the two functions read or write. */
  readonly touches: readonly string[];
}

/** No slow path: a call gives up where it would begin. */
const GIVE_UP: SlowPath = {
  steps: [
    {
      label: "slowpath",
      imitates: "__alloc_pages_slowpath",
      needs: "any",
      cost: "none",
      touches: AC_COLUMNS,
      whole: true,
      run: (_k, f) => {
        f.set(LOCAL_PAGE, 0);
        return f.goto("prep_new_page");
      },
    },
  ],
  succeeded: () => {},
  wakeKswapd: () => {},
  touches: [],
};

const toNextZone = jump("next_zone");
const toPcpTrylock = jump("pcp_trylock");
const toZoneLock = jump("zone_lock");
const toAfterRmqueue = jump("after_rmqueue");
const toPrepNewPage = jump("prep_new_page");
const toSlowpath = jump("slowpath");

const WALK_COLUMNS = [...AC_COLUMNS, ...WATERMARK_COLUMNS, "zone.belowHigh"];

/** Where the zonelist is walked. A call whose first zone will do takes the first of these steps only. */
function zonelistSteps(): MicroStep[] {
  const walkStep = { needs: "any", cost: "none", touches: WALK_COLUMNS, whole: true } as const;
  return [
    {
      ...walkStep,
      label: "prepare",
      imitates: "prepare_alloc_pages",
      run: (k, f) => {
        if (f.get(LOCAL_ORDER) > k.world.geometry.maxOrder) return f.return(0);
        prepareAllocContext(k, gfpOf(k, f), designFlags(k, f));
        return walk(k, f);
      },
    },
    {
      ...walkStep,
      label: "get_page_from_freelist",
      imitates: "get_page_from_freelist",
      run: (k, f) => {
        resetZoneref(k);
        return walk(k, f);
      },
    },
    { ...walkStep, label: "next_zone", imitates: "get_page_from_freelist", run: walk },
  ];
}

function walk(k: Kernel, f: Frame): Outcome {
  switch (tryNextZone(k, f.get(LOCAL_ORDER))) {
    case ZONE_FOUND:
      return toPcpTrylock(f);
    case ZONELIST_END:
      return toSlowpath(f);
    default:
      return toNextZone(f);
  }
}

function perCpuSteps(): MicroStep[] {
  return [
    {
      label: "pcp_trylock",
      imitates: "rmqueue_pcplist",
      needs: "any",
      cost: "lock",
      touches: ["cpu.lockHolder", "cpu.preemptOff", "ac.zone", "ac.freetype", "ac.flags"],
      run: (k, f) =>
        pcpAllowed(k, f.get(LOCAL_ORDER)) && mayHaveCma(k) && k.tryLock(pcpLock(k, currentZone(k), k.cpu))
          ? NEXT
          : toZoneLock(f),
    },
    {
      label: "pcp_take",
      imitates: "__rmqueue_pcplist",
      needs: "any",
      cost: "list",
      touches: [...PCP_COLUMNS, ...AC_COLUMNS, "zone.boosted", "cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) => {
        const zone = currentZone(k);
        if (k.world.whole !== undefined) notePcpAlloc(k, zone, k.cpu);
        const pfn = pcpTake(k, zone, k.cpu, typeOf(k, f), f.get(LOCAL_ORDER));
        if (pfn < 0) return NEXT;
        k.unlock(pcpLock(k, zone, k.cpu));
        return taken(k, f, pfn);
      },
    },
    zoneLockStep("refill_lock", "rmqueue_bulk"),
    {
      label: "refill",
      imitates: "rmqueue_bulk",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...PCP_COLUMNS, ...AC_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const order = f.get(LOCAL_ORDER);
        const zone = currentZone(k);
        const type = typeOf(k, f);
        refill(k, zone, k.cpu, type, order, allocFlags(k));
        k.unlockIrqRestore(zoneLock(zone));
        const pfn = pcpTake(k, zone, k.cpu, type, order);
        k.unlock(pcpLock(k, zone, k.cpu));
        if (pfn < 0 && k.world.whole !== undefined) return toZoneLock(f);
        return taken(k, f, pfn);
      },
    },
  ];
}

function buddySteps(): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "rmqueue_buddy"),
    {
      label: "rmqueue",
      imitates: "rmqueue_buddy",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...AC_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const zone = currentZone(k);
        const pfn = rmqueueBuddy(k, zone, f.get(LOCAL_ORDER), typeOf(k, f), allocFlags(k));
        k.unlockIrqRestore(zoneLock(zone));
        return taken(k, f, pfn);
      },
    },
  ];
}

/** What follows on a zone's answer, seldom: kswapd is told of a boosted watermark, an atomic request's pageblock reserved. */
function takenSteps(slow: SlowPath): MicroStep[] {
  return [
    {
      label: "after_rmqueue",
      imitates: "rmqueue",
      needs: "any",
      cost: "none",
      touches: [...AC_COLUMNS, "zone.boosted", "zone.managed", "zone.nrReservedHighatomic", ...slow.touches],
      whole: true,
      run: (k, f) => {
        const zone = currentZone(k);
        const flags = allocFlags(k);
        const { boosted } = k.of(zoneColumns);
        if (boosted.get(zone) === 1 && heedsBoost(k, flags)) {
          boosted.set(zone, 0);
          slow.wakeKswapd(k, zone);
        }
        if (f.get(LOCAL_PAGE) === 0) return toNextZone(f);
        return (flags & ALLOC_HIGHATOMIC) !== 0 && mayReserveHighatomic(k, zone) ? NEXT : toPrepNewPage(f);
      },
    },
    { ...zoneLockStep("highatomic_lock", "reserve_highatomic_pageblock"), whole: true },
    {
      label: "reserve_highatomic",
      imitates: "reserve_highatomic_pageblock",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...AC_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      whole: true,
      run: (k, f) => {
        const zone = currentZone(k);
        reserveHighatomic(k, zone, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
        k.unlockIrqRestore(zoneLock(zone));
        return toPrepNewPage(f);
      },
    },
  ];
}

/** A zone has answered with a block, or (-1) with none. */
function taken(k: Kernel, f: Frame, pfn: number): Outcome {
  f.set(LOCAL_PAGE, pfn + 1);
  if (k.world.whole === undefined) return toPrepNewPage(f);
  const zone = currentZone(k);
  if (pfn >= 0) countEvent(k, PGALLOC + zoneIndex(k, zone), 2 ** f.get(LOCAL_ORDER));
  const flags = allocFlags(k);
  if (k.of(zoneColumns).boosted.get(zone) === 1 && heedsBoost(k, flags)) return toAfterRmqueue(f);
  if (pfn < 0) return toNextZone(f);
  return (flags & ALLOC_HIGHATOMIC) === 0 ? toPrepNewPage(f) : toAfterRmqueue(f);
}

/** 6.12 leaves the mark of a boosted zone to those who may wake kswapd; in 6.1 whoever comes next wakes it. */
function heedsBoost(k: Kernel, flags: number): boolean {
  return (flags & ALLOC_KSWAPD) !== 0 || layoutOf(k.world).v61;
}

/** 6.1: a movable list may hold pages of CMA, so a movable request that may not have those goes past it. */
function mayHaveCma(k: Kernel): boolean {
  if (!layoutOf(k.world).v61) return true;
  const c = k.of(acColumns);
  const row = acRow(k);
  return (c.flags.get(row) & ALLOC_CMA) !== 0 || migratetypeOfFreetype(k, c.freetype.get(row)) !== MIGRATE_MOVABLE;
}

/** A design's last resort when no list had a page: it makes one of the other kind into one of the kind asked for. */
function refillSteps({ refill }: Hooks): MicroStep[] {
  if (refill === undefined) return [];
  return [
    {
      label: "design_refill",
      imitates: "__rmqueue_asi",
      needs: "any",
      cost: "none",
      touches: [...HAND_OUT_COLUMNS, ...CONTEXT_COLUMNS],
      run: (k, f) => k.call(refill, 0, 0, f.get(LOCAL_ORDER), f.get(LOCAL_REQUEST)),
    },
    {
      label: "design_refilled",
      imitates: "__rmqueue_asi",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => {
        f.set(LOCAL_PAGE, f.get(LOCAL_RESULT));
        return f.get(LOCAL_RESULT) === 0 ? f.return(0) : toPrepNewPage(f);
      },
    },
  ];
}

function finishSteps(hooks: Hooks, slow: SlowPath): MicroStep[] {
  const { allocated } = hooks;
  const prepare: MicroStep = {
    label: "prep_new_page",
    imitates: "prep_new_page",
    needs: "any",
    cost: "zero",
    touches: [...HAND_OUT_COLUMNS, ...CONTEXT_COLUMNS, ...slow.touches],
    run: (k, f) => {
      const { whole } = k.world;
      const page = f.get(LOCAL_PAGE);
      if (whole !== undefined) {
        if (page !== 0 && k.of(acColumns).stage.get(acRow(k)) !== 0) slow.succeeded(k, f.get(LOCAL_ORDER));
        clearAllocContext(k);
      }
      if (page === 0) return hooks.refill === undefined ? f.return(0) : f.goto("design_refill");
      if (wantInitOnAlloc(whole, gfpOf(k, f))) zeroBlock(k, page - 1, f.get(LOCAL_ORDER));
      if (allocated === undefined) return f.return(page);
      return k.call(allocated, 0, page, f.get(LOCAL_ORDER), f.get(LOCAL_REQUEST));
    },
  };
  const handOut: MicroStep = {
    label: "hand_out",
    imitates: "__alloc_pages_noprof",
    needs: "any",
    cost: "none",
    touches: HAND_OUT_COLUMNS,
    run: (_k, f) => (f.get(LOCAL_RESULT) === 1 ? f.return(f.get(LOCAL_PAGE)) : f.return(0)),
  };
  return allocated === undefined ? [prepare] : [prepare, handOut];
}

/** want_init_on_alloc(), but for memory that was zeroed when it was freed. */
export function wantInitOnAlloc(whole: WholeAllocator | undefined, gfp: number): boolean {
  if (whole?.initOnFree === true) return false;
  return whole?.initOnAlloc === true || (gfp & GFP.ZERO) !== 0;
}

/** spin_lock_irqsave(&zone->lock) as a step of its own; the zone of the call being run, or the one that `zoneOf` finds. */
export function zoneLockStep(
  label: string,
  imitates: string,
  zoneOf: (k: Kernel, f: Frame) => number = currentZone,
): MicroStep {
  return {
    label,
    imitates,
    needs: "any",
    cost: "lock",
    touches: ["cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning", "ac.zone"],
    run: (k, f) => k.lockIrqSave(zoneLock(zoneOf(k, f))),
  };
}

export function zeroBlock(k: Kernel, pfn: number, order: number): void {
  for (let i = 0; i < 1 << order; i++) k.hw.zero(pfn + i);
}

function gfpOf(k: Kernel, f: Frame): number {
  return k.world.requests[f.get(LOCAL_REQUEST)]?.gfp ?? 0;
}

/** The freetype asked for. */
function typeOf(k: Kernel, f: Frame): number {
  return k.world.whole === undefined
    ? freetypeOf(k, migratetypeOf(gfpOf(k, f)), designFlags(k, f))
    : k.of(acColumns).freetype.get(acRow(k));
}

/** The design's bits of the freetype asked for. */
function designFlags(k: Kernel, f: Frame): number {
  return k.world.requests[f.get(LOCAL_REQUEST)]?.flags ?? 0;
}

/** ALLOC_* of the attempt that is going on. */
function allocFlags(k: Kernel): number {
  return k.world.whole === undefined ? 0 : k.of(acColumns).flags.get(acRow(k));
}
