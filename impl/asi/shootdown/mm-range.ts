import { INVPCID } from "../../../model/address-space-hardware.ts";
import { defineColumns } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Outcome, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import type { World } from "../../../model/world.ts";
import type { Part } from "../parts.ts";
import { generations, slotsOf, tlbState } from "../tlb-state.ts";
import { CORE_COLUMNS } from "../touches.ts";
import {
  acknowledge,
  awaitAcks,
  FLUSH_COLUMNS,
  FLUSH_INFO_COLUMNS,
  IPI_COLUMNS,
  keepCpu,
  LOCAL_INITIATOR,
  LOCAL_PAGES,
  LOCAL_START,
  sendIpis,
} from "./call-cpus.ts";
import { onlineCpus } from "./cpu-set.ts";

const spaces = (w: World): boolean => w.spaces !== undefined;

/** A description that names no mm means whatever is loaded, whole, up to its newest generation. */
export const ANY_MM = -1;

/** Local of the flush of a user range: the mm, as a link; the set of CPUs still to be interrupted follows it. */
const LOCAL_MM = 3;
const LOCAL_LEFT = 4;

/** Local of the handler: its initiator, while it calls another program. */
const LOCAL_REMEMBERED = 1;

/** flush_tlb_info of each CPU's own flush of a user range; pages 0 is everything, no mm is whichever is loaded. */
export const mmFlushInfo = defineColumns("mmflush", {
  mm: { sort: "mm", owner: "kernel", per: ["cpu"], link: true, when: spaces },
  start: { sort: "pfn", owner: "kernel", per: ["cpu"], link: true, when: spaces },
  pages: { sort: "count", owner: "kernel", per: ["cpu"], max: (w) => w.pages, when: spaces },
  newGen: { sort: "count", owner: "kernel", per: ["cpu"], max: generations, when: spaces },
});

/** Named departures from the kernel's flush; each is a canary's. */
export interface MmRangeSwitches {
  /** A CPU in the window of switch_mm, where loaded_mm names no mm, is skipped. */
  readonly skipSwitching: boolean;
}

export interface MmRangeOptions extends Partial<MmRangeSwitches> {
  /** Every transition between the views of a slot flushes, so that only the loaded PCID matters. */
  readonly transitionsFlush: boolean;
  /** switch_mm to init_mm, for a handler that finds its CPU lazy. No arguments. */
  readonly leaveMm?: Program;
}

export interface MmRangeFlush extends Part {
  /** Local 1 the first page's link, 2 the pages (0: all of the mm), 3 the mm's link. */
  readonly flush: Program;
  /** `flush_tlb_func`, for whoever else describes a flush in `mmFlushInfo`. */
  readonly handler: Program;
  readonly options: MmRangeOptions;
}

/**
 * `flush_tlb_mm_range`: a new generation of the mm, IPIs to the CPUs that run it, and each catches up.
 *
 *     a: (PTEs are clear) · gen++ (full barrier) · IPI to CPUs of mm_cpumask that should_flush_tlb() names · itself · wait
 *     b: switch_mm: set in mm_cpumask · read gen · choose slot, flush if behind · CR3 · loaded_mm
 *
 * Who is interrupted, asked in the kernel's order: not a lazy CPU (it catches up when it leaves lazy mode); a CPU inside
 * switch_mm, since it may have read the old generation; one that runs the mm.
 *
 * - **Context**: task, interrupts on, no lock that is ever taken with interrupts off.
 * - **Source**: `flush_tlb_mm_range()`, `flush_tlb_func()` in arch/x86/mm/tlb.c, v6.12; `should_flush_tlb()` as of v6.15. ASI's
 *   rule for the restricted PCIDs of the slot: RFC v2, "CR3 stabilisation".
 * - **Leaves out**: freed_tables (user tables are not modelled), trim_cpumask, strides other than a page. Reclaim's
 *   batches, which name no mm, are tlbbatch.ts.
 */
export function mmRangeFlush(options: MmRangeOptions): MmRangeFlush {
  const handler = flushTlbFunc(options);
  const flush = flushMmRange(handler, options);
  return { flush, handler, options, groups: [tlbState, mmFlushInfo], programs: [flush, handler], calls: {} };
}

/** Which CPUs of mm_cpumask a flush of a user range interrupts. */
function shouldFlush(k: Kernel, target: number, mm: number, switches: Partial<MmRangeSwitches>): boolean {
  const { lazy, loadedMm } = k.of(asiColumns);
  if (lazy.get(target) === 1) return false;
  if (loadedMm.get(target) === k.world.mms + 1) return switches.skipSwitching !== true;
  return loadedMm.get(target) === mm;
}

function flushMmRange(handler: Program, options: MmRangeOptions): Program {
  return defineProgram({
    name: "flush_tlb_mm_range",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "start", sort: "pfn", link: true },
      { name: "pages", sort: "count" },
      { name: "mm", sort: "mm", link: true },
      { name: "left", sort: "cpuSet" },
    ],
    steps: [
      {
        label: "bump",
        imitates: "inc_mm_tlb_gen",
        needs: "irqs-on",
        cost: "none",
        touches: [...FLUSH_COLUMNS, ...FLUSH_INFO_COLUMNS, "asi_core.offline", "cpu.preemptOff"],
        run: (k, f) => {
          keepCpu(k);
          const mm = f.get(LOCAL_MM) - 1;
          const pages = f.get(LOCAL_PAGES);
          const info = k.of(mmFlushInfo);
          info.newGen.set(k.cpu, k.atomicAdd(k.of(tlbState).mmGen, mm, 1));
          info.mm.set(k.cpu, mm + 1);
          const partial = pages > 0 && pages <= k.world.geometry.flushCeilingPages;
          info.start.set(k.cpu, partial ? f.get(LOCAL_START) : 0);
          info.pages.set(k.cpu, partial ? pages : 0);
          f.set(LOCAL_LEFT, onlineCpus(k) & ~(1 << k.cpu));
          return f.get(LOCAL_LEFT) === 0 ? f.goto("flush_local") : NEXT;
        },
      },
      sendIpis(
        handler,
        (k, target) => {
          const mm = k.of(mmFlushInfo).mm.get(k.cpu) - 1;
          return inMask(k, mm, target) && shouldFlush(k, target, mm, options);
        },
        LOCAL_LEFT,
      ),
      {
        label: "flush_local",
        imitates: "flush_tlb_func",
        needs: "irqs-on",
        cost: "flush-page",
        touches: [...FLUSH_COLUMNS, ...FLUSH_INFO_COLUMNS, ...CORE_COLUMNS, "tlbstate.loadedAsid", "tlbstate.ctxGen"],
        run: (k) => {
          if (runs(k, k.of(mmFlushInfo).mm.get(k.cpu) - 1)) catchUp(k, k.cpu, options);
          return NEXT;
        },
      },
      forgetInfo(),
    ],
  });
}

/** The wait, after which the description is this CPU's to clear; leaves the program. */
export function forgetInfo(): MicroStep {
  const wait = awaitAcks();
  return {
    ...wait,
    touches: [...wait.touches, ...FLUSH_INFO_COLUMNS],
    run: (k, f, choice) => {
      if (k.allAcknowledged()) for (const column of Object.values(k.of(mmFlushInfo))) column.set(k.cpu, 0);
      return wait.run(k, f, choice);
    },
  };
}

/**
 * `flush_tlb_func` on another CPU: one step looks and invalidates, the next acknowledges. What the look may find: another mm
 * is loaded by now, or none, or nothing to do; a lazy CPU leaves the mm altogether.
 */
function flushTlbFunc(options: MmRangeOptions): Program {
  return defineProgram({
    name: "flush_tlb_func",
    role: "handler",
    locals: [
      { name: "initiator", sort: "cpu", link: true },
      { name: "remembered", sort: "cpu", link: true },
    ],
    steps: [
      {
        label: "invalidate",
        imitates: "flush_tlb_func",
        needs: "any",
        cost: "flush-page",
        touches: [...IPI_COLUMNS, ...FLUSH_COLUMNS, ...FLUSH_INFO_COLUMNS, ...CORE_COLUMNS],
        run: (k, f): Outcome => {
          const initiator = f.get(LOCAL_INITIATOR) - 1;
          const mm = k.of(mmFlushInfo).mm.get(initiator) - 1;
          if (!runs(k, mm)) return f.goto("acknowledge");
          if (k.of(asiColumns).lazy.get(k.cpu) === 1 && options.leaveMm !== undefined) {
            f.set(LOCAL_REMEMBERED, initiator + 1);
            return k.call(options.leaveMm);
          }
          catchUp(k, initiator, options);
          return f.goto("acknowledge");
        },
      },
      rememberInitiator(),
      acknowledge(),
    ],
  });
}

/** A callee's answer lands in local 0, where the initiator was. */
function rememberInitiator(): MicroStep {
  return {
    label: "left_mm",
    imitates: "flush_tlb_func",
    needs: "any",
    cost: "none",
    touches: [],
    run: (_k, f) => {
      f.set(LOCAL_INITIATOR, f.get(LOCAL_REMEMBERED));
      return NEXT;
    },
  };
}

/** The CPU has the mm loaded, or, where none is named, has any process's. */
export function runs(k: Kernel, mm: number): boolean {
  const loaded = k.of(asiColumns).loadedMm.get(k.cpu);
  return mm === ANY_MM ? loaded < k.world.mms : loaded === mm;
}

function inMask(k: Kernel, mm: number, cpu: number): boolean {
  return ((k.of(tlbState).mmCpus.get(mm) >>> cpu) & 1) === 1;
}

/**
 * Brings the loaded slot up to the mm's newest generation: page by page when the flush asked for is the newest and the very
 * next, else whole. Reading, invalidating and recording are one step, since a record older than the truth harms nobody.
 */
export function catchUp(k: Kernel, initiator: number, options: MmRangeOptions): void {
  k.fence();
  const c = k.of(tlbState);
  const info = k.of(mmFlushInfo);
  const loaded = k.of(asiColumns).loadedMm.get(k.cpu);
  const slot = c.loadedAsid.get(k.cpu);
  const row = k.cpu * slotsOf(k.world) + slot;
  const own = c.ctxGen.get(row);
  const latest = c.mmGen.get(loaded);
  const wanted = info.mm.get(initiator) === 0 ? latest : info.newGen.get(initiator);
  if (wanted <= own) return;
  const pages = info.pages.get(initiator);
  const partial = pages > 0 && wanted === own + 1 && wanted === latest;
  const start = info.start.get(initiator) - 1;
  for (let i = 0; partial && i < pages; i++) k.spaces.invlpgUser(k.cpu, start + i);
  for (let view = 0; view < k.spaces.views; view++) {
    const pcid = k.spaces.pcidOf(slot, view);
    const isLoaded = pcid === k.spaces.pcid(k.cpu);
    if (isLoaded ? !partial : !options.transitionsFlush) k.spaces.invpcid(k.cpu, INVPCID.single, pcid, 0);
  }
  c.ctxGen.set(row, latest);
}
