import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type MicroStep, NEXT, type Outcome } from "../../../model/program.ts";
import { ALLOC_CMA } from "../alloc-flags.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { buddyList, buddyOrder, freeOnePage } from "../buddy.ts";
import { zoneLock } from "../columns.ts";
import { isIsolate } from "../freetype.ts";
import { BUDDY_COLUMNS } from "../touches.ts";
import { lowWmark, WATERMARK_COLUMNS, zoneWatermarkOk } from "../watermark.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { isolateFreePage } from "./isolate-free-page.ts";
import { isReported, setReported } from "./page-reported.ts";

const LOCAL_ZONE = 2;
const LOCAL_ORDER = 3;
const LOCAL_TYPE = 4;
const LOCAL_BUDGET = 5;
const LOCAL_DRAIN = 6;

/** PAGE_REPORTING_CAPACITY: blocks in one report to the hypervisor, on a machine of full size. */
const CAPACITY = 32;

const REPORT_COLUMNS = [
  ...BUDDY_COLUMNS,
  ...WATERMARK_COLUMNS,
  "cpu.lockHolder",
  "cpu.preemptOff",
  "cpu.irqsOff",
] as const;

/**
 * `page_reporting_process`: tells the hypervisor which large blocks are free, so that it may take their memory until they are
 * used again.
 *
 *     lock ─ up to a report's worth of unreported blocks leave their list ─ unlock ─ report ─ lock ─ they come back, marked ─ …
 *
 * While a report is under way its blocks are on nobody's free list. They come back at the tail; one that does not merge on the
 * way is marked, and loses the mark when it leaves its list.
 *
 * - **Context**: kernel thread or task that may sleep.
 * - **Shapes, units**: local 2 the zone to begin with; goes on to the last. Answers 1.
 * - **Leaves out**: reports that fail; the delay of two seconds and the request by page_reporting_notify_free().
 * - **Source**: `page_reporting_cycle()`, `page_reporting_drain()` in mm/page_reporting.c, v6.1 and v6.12.
 */
export const reportFreePages = defineWholeProgram({
  name: "report_free_pages",
  role: "inner",
  locals: [
    { name: "result", sort: "count" },
    { name: "unused", sort: "count" },
    { name: "zone", sort: "zone" },
    { name: "order", sort: "order" },
    { name: "type", sort: "freetype" },
    { name: "budget", sort: "count" },
    { name: "drain", sort: "bool" },
  ],
  steps: [...beginSteps(), ...cycleSteps(), ...leftoverSteps()],
});

function beginSteps(): MicroStep[] {
  return [
    {
      label: "zone",
      imitates: "page_reporting_process_zone",
      needs: "may-sleep",
      cost: "none",
      touches: WATERMARK_COLUMNS,
      run: (k, f) => {
        const zone = f.get(LOCAL_ZONE);
        const mark = lowWmark(k, zone) + (capacity(k) << k.world.geometry.pageblockOrder);
        f.set(LOCAL_ORDER, k.world.geometry.pageblockOrder);
        f.set(LOCAL_TYPE, 0);
        return zoneWatermarkOk(k, zone, 0, mark, 0, ALLOC_CMA) ? f.goto("list") : f.goto("next_zone");
      },
    },
  ];
}

function cycleSteps(): MicroStep[] {
  return [
    {
      label: "list",
      imitates: "page_reporting_cycle",
      needs: "any",
      cost: "none",
      touches: BUDDY_COLUMNS,
      run: (k, f) => {
        if (f.get(LOCAL_ORDER) > k.world.geometry.maxOrder) return f.goto("leftover");
        if (isIsolate(k, f.get(LOCAL_TYPE)) || k.lists.first(listAt(k, f)) < 0) return nextList(k, f);
        f.set(LOCAL_BUDGET, budgetOf(k, f));
        return NEXT;
      },
    },
    zoneLockStep("cycle_lock", "page_reporting_cycle", zoneOf),
    {
      label: "cycle",
      imitates: "page_reporting_cycle",
      needs: "any",
      cost: "list",
      touches: REPORT_COLUMNS,
      run: (k, f) => {
        if (f.get(LOCAL_DRAIN) === 1) drainReported(k, f);
        const full = fill(k, f);
        k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
        return full ? NEXT : nextList(k, f);
      },
    },
    {
      label: "report",
      imitates: "prdev->report",
      needs: "may-sleep",
      cost: "wait",
      touches: [],
      run: (_k, f) => {
        f.set(LOCAL_DRAIN, 1);
        f.set(LOCAL_BUDGET, f.get(LOCAL_BUDGET) - 1);
        return f.goto("cycle_lock");
      },
    },
  ];
}

function leftoverSteps(): MicroStep[] {
  return [
    {
      label: "leftover",
      imitates: "page_reporting_process_zone",
      needs: "may-sleep",
      cost: "wait",
      touches: BUDDY_COLUMNS,
      run: (k, f) => (k.lists.first(reportingList(k, f)) < 0 ? f.goto("next_zone") : NEXT),
    },
    zoneLockStep("leftover_lock", "page_reporting_process_zone", zoneOf),
    {
      label: "leftover_drain",
      imitates: "page_reporting_drain",
      needs: "any",
      cost: "list",
      touches: REPORT_COLUMNS,
      run: (k, f) => {
        drainReported(k, f);
        k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
        return NEXT;
      },
    },
    {
      label: "next_zone",
      imitates: "page_reporting_process",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => {
        if (f.get(LOCAL_ZONE) + 1 === k.world.zones.length) return f.return(1);
        f.set(LOCAL_ZONE, f.get(LOCAL_ZONE) + 1);
        return f.goto("zone");
      },
    },
  ];
}

/** Takes unreported blocks off the list. Answers true when the report is full and there is more: the list then begins with it. */
function fill(k: Kernel, f: Frame): boolean {
  const list = listAt(k, f);
  for (let pfn = k.lists.first(list); pfn >= 0; ) {
    const next = k.lists.next(pfn);
    if (isReported(k, pfn)) {
      pfn = next;
      continue;
    }
    const full = k.lists.length(reportingList(k, f)) === capacity(k);
    if (full || f.get(LOCAL_BUDGET) === 0) {
      rotateToFront(k, list, pfn);
      return full && f.get(LOCAL_BUDGET) !== 0;
    }
    const order = isolateFreePage(k, pfn);
    if (order < 0) {
      rotateToFront(k, list, pfn);
      return false;
    }
    k.lists.addTail(reportingList(k, f), pfn, order);
    pfn = next;
  }
  return false;
}

/** page_reporting_drain(): back to the tails of the lists; what has not merged is known to the hypervisor. */
function drainReported(k: Kernel, f: Frame): void {
  const list = reportingList(k, f);
  for (let pfn = k.lists.first(list); pfn >= 0; pfn = k.lists.first(list)) {
    const order = k.lists.order(pfn);
    k.lists.remove(list, pfn);
    freeOnePage(k, pfn, order, "tail");
    if (buddyOrder(k, pfn) === order) setReported(k, pfn, true);
  }
  f.set(LOCAL_DRAIN, 0);
}

/** More than the list's blocks of this order can need, and one more for what an earlier list has left. */
function budgetOf(k: Kernel, f: Frame): number {
  let blocks = 0;
  for (let type = 0; type < k.world.freetypes; type++)
    blocks += k.lists.length(buddyList(k, zoneOf(k, f), f.get(LOCAL_ORDER), type));
  return Math.ceil(blocks / (capacity(k) * 16)) + 1;
}

/** Makes the unreported block that was met the first of its list, and those before it the last. */
function rotateToFront(k: Kernel, list: number, pfn: number): void {
  for (let first = k.lists.first(list); first !== pfn; first = k.lists.first(list)) {
    const order = k.lists.order(first);
    k.lists.remove(list, first);
    k.lists.addTail(list, first, order);
  }
}

/** A small machine makes small reports, or the watermark would forbid every one. */
function capacity(k: Kernel): number {
  return k.world.geometry.pageblockOrder < 9 ? 2 : CAPACITY;
}

function nextList(k: Kernel, f: Frame): Outcome {
  const type = f.get(LOCAL_TYPE) + 1;
  f.set(LOCAL_TYPE, type % k.world.freetypes);
  if (type === k.world.freetypes) f.set(LOCAL_ORDER, f.get(LOCAL_ORDER) + 1);
  return f.goto("list");
}

function listAt(k: Kernel, f: Frame): number {
  return buddyList(k, zoneOf(k, f), f.get(LOCAL_ORDER), f.get(LOCAL_TYPE));
}

function reportingList(k: Kernel, f: Frame): number {
  return k.listOf("reporting", zoneOf(k, f));
}

function zoneOf(_k: Kernel, f: Frame): number {
  return f.get(LOCAL_ZONE);
}
