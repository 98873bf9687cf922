import type { Hooks } from "../../model/design.ts";
import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { LOCAL_REQUEST, LOCAL_RESULT, type MicroStep, NEXT, type Outcome, type Program } from "../../model/program.ts";
import { PGALLOC } from "../../model/vm-events.ts";
import { clearAllocContext, prepareAllocContext } from "./alloc-context.ts";
import { ALLOC_CMA, ALLOC_WMARK_LOW } from "./alloc-flags.ts";
import { wantInitOnAlloc, zeroBlock, zoneLockStep } from "./alloc-pages.ts";
import { acColumns, acRow, pcpLock, zoneLock } from "./columns.ts";
import { jump } from "./jump.ts";
import { pcpTake, refill } from "./pcplist.ts";
import { BUDDY_COLUMNS, CONTEXT_COLUMNS, HAND_OUT_COLUMNS, PCP_COLUMNS } from "./touches.ts";
import { countEvent } from "./vm-count.ts";
import { WATERMARK_COLUMNS, wmarkPages, zoneWatermarkFast } from "./watermark.ts";
import { defineWholeProgram } from "./whole-program.ts";
import { nextZoneref, zonelistOf } from "./zonelist.ts";
import { currentZone, zoneIndex } from "./zones.ts";

const LOCAL_WANTED = 2;
/** Pages on the bulk list that nothing remains to be done for. */
const LOCAL_GOT = 3;
const LOCAL_PAGE = 4;

/**
 * `alloc_pages_bulk`: many single pages under one lock of the per-CPU lists, from one zone of the own node; a single ordinary
 * allocation where that fails. The pages are left on the CPU's list of kind `bulk`.
 *
 * - **Context**: task level of a CPU, one at a time: the list is the caller's array.
 * - **Shapes, units**: local 1 the request, local 2 the pages wanted; answers how many were had.
 * - **Errors**: fewer pages than wanted, or none.
 * - **Source**: `alloc_pages_bulk_noprof()` in mm/page_alloc.c, v6.12; `__alloc_pages_bulk()`, v6.1.
 */
export function allocBulk(hooks: Hooks, alloc: Program): Program {
  return defineWholeProgram({
    name: "alloc_pages_bulk",
    role: "bulk",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "wanted", sort: "count" },
      { name: "got", sort: "count" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [...zoneSteps(), ...takeSteps(), ...singleSteps(alloc), ...hookSteps(hooks)],
  });
}

const toTrylock = jump("pcp_trylock");
const toNextZone = jump("bulk_zone");
const toTake = jump("bulk_take");
const toSingle = jump("single");
const toPrepared = jump("prepared");

/** A zone of the own node in which the low watermark would hold after all the pages are gone. */
function zoneSteps(): MicroStep[] {
  const common = { needs: "any", cost: "none", touches: [...CONTEXT_COLUMNS, ...WATERMARK_COLUMNS] } as const;
  return [
    {
      ...common,
      label: "prepare",
      imitates: "alloc_pages_bulk_noprof",
      run: (k, f) => {
        if (f.get(LOCAL_WANTED) === 0) return f.return(0);
        if (f.get(LOCAL_WANTED) === 1) return toSingle(f);
        const { flags } = k.of(acColumns);
        prepareAllocContext(k, gfpOf(k, f), k.world.requests[f.get(LOCAL_REQUEST)]?.flags ?? 0);
        flags.set(acRow(k), ALLOC_WMARK_LOW | (flags.get(acRow(k)) & ALLOC_CMA));
        return tryZone(k, f);
      },
    },
    { ...common, label: "bulk_zone", imitates: "alloc_pages_bulk_noprof", run: tryZone },
  ];
}

function tryZone(k: Kernel, f: Frame): Outcome {
  const c = k.of(acColumns);
  const row = acRow(k);
  const zonelist = zonelistOf(k, c.node.get(row), c.gfp.get(row));
  const at = nextZoneref(k, zonelist, c.zoneref.get(row), c.highestZone.get(row));
  const preferred = c.preferred.get(row);
  const zone = zonelist[at] ?? -1;
  if (zone < 0 || k.world.zones[zone]?.node !== k.world.zones[preferred]?.node) return toSingle(f);
  c.zoneref.set(row, at + 1);
  c.zone.set(row, zone);
  const mark = wmarkPages(k, zone, ALLOC_WMARK_LOW) + f.get(LOCAL_WANTED);
  const flags = c.flags.get(row);
  // The kernel passes the preferred zone's own index as the limit here, not the request's.
  return zoneWatermarkFast(k, zone, 0, mark, zoneIndex(k, preferred), flags, c.gfp.get(row))
    ? toTrylock(f)
    : toNextZone(f);
}

function takeSteps(): MicroStep[] {
  return [
    {
      label: "pcp_trylock",
      imitates: "alloc_pages_bulk_noprof",
      needs: "any",
      cost: "lock",
      touches: ["cpu.lockHolder", "cpu.preemptOff", "ac.zone"],
      run: (k, f) => (k.tryLock(pcpLock(k, currentZone(k), k.cpu)) ? NEXT : toSingle(f)),
    },
    {
      label: "bulk_take",
      imitates: "__rmqueue_pcplist",
      needs: "any",
      cost: "list",
      touches: [...PCP_COLUMNS, ...CONTEXT_COLUMNS, ...HAND_OUT_COLUMNS, "cpu.lockHolder", "cpu.preemptOff"],
      run: takeAll,
    },
    zoneLockStep("refill_lock", "rmqueue_bulk"),
    {
      label: "refill",
      imitates: "rmqueue_bulk",
      needs: "any",
      cost: "list",
      touches: [
        ...BUDDY_COLUMNS,
        ...PCP_COLUMNS,
        ...CONTEXT_COLUMNS,
        ...HAND_OUT_COLUMNS,
        "cpu.lockHolder",
        "cpu.preemptOff",
        "cpu.irqsOff",
      ],
      run: (k, f) => {
        const zone = currentZone(k);
        const c = k.of(acColumns);
        const taken = refill(k, zone, k.cpu, c.freetype.get(acRow(k)), 0, c.flags.get(acRow(k)));
        k.unlockIrqRestore(zoneLock(zone));
        if (taken > 0) return toTake(f);
        k.unlock(pcpLock(k, zone, k.cpu));
        if (f.get(LOCAL_GOT) === 0) return toSingle(f);
        clearAllocContext(k);
        return toPrepared(f);
      },
    },
  ];
}

/** Moves pages to the caller's list until it has enough or the per-CPU list is empty. */
function takeAll(k: Kernel, f: Frame): Outcome {
  const zone = currentZone(k);
  const c = k.of(acColumns);
  const type = c.freetype.get(acRow(k));
  const zero = wantInitOnAlloc(k.world.whole, c.gfp.get(acRow(k)));
  while (f.get(LOCAL_GOT) < f.get(LOCAL_WANTED)) {
    const pfn = pcpTake(k, zone, k.cpu, type, 0);
    if (pfn < 0) return NEXT;
    if (zero) zeroBlock(k, pfn, 0);
    k.lists.addTail(k.listOf("bulk", k.cpu), pfn, 0);
    f.set(LOCAL_GOT, f.get(LOCAL_GOT) + 1);
    countEvent(k, PGALLOC + zoneIndex(k, zone));
  }
  k.unlock(pcpLock(k, zone, k.cpu));
  clearAllocContext(k);
  return toPrepared(f);
}

/** One page by the ordinary way, with all that it may do to get it. */
function singleSteps(alloc: Program): MicroStep[] {
  return [
    {
      label: "single",
      imitates: "__alloc_pages_noprof",
      needs: "any",
      cost: "none",
      touches: CONTEXT_COLUMNS,
      run: (k, f) => {
        clearAllocContext(k);
        return k.call(alloc, 0, f.get(LOCAL_REQUEST), 0, 0);
      },
    },
    {
      label: "single_done",
      imitates: "alloc_pages_bulk_noprof",
      needs: "any",
      cost: "list",
      touches: HAND_OUT_COLUMNS,
      run: (k, f) => {
        const link = f.get(LOCAL_RESULT);
        if (link === 0) return f.return(0);
        k.lists.addTail(k.listOf("bulk", k.cpu), link - 1, 0);
        return f.return(1);
      },
    },
  ];
}

/** The design's hook for each page, now that no lock is held; a page that it refuses it has given back. */
function hookSteps({ allocated }: Hooks): MicroStep[] {
  const prepared = { label: "prepared", imitates: "prep_new_page", needs: "any", cost: "none" } as const;
  if (allocated === undefined)
    return [{ ...prepared, touches: HAND_OUT_COLUMNS, run: (_k, f) => f.return(f.get(LOCAL_GOT)) }];
  return [
    {
      ...prepared,
      touches: HAND_OUT_COLUMNS,
      run: (_k, f) => {
        f.set(LOCAL_WANTED, f.get(LOCAL_GOT));
        return NEXT;
      },
    },
    {
      label: "hook",
      imitates: "prep_new_page",
      needs: "any",
      cost: "list",
      touches: HAND_OUT_COLUMNS,
      run: (k, f) => {
        if (f.get(LOCAL_WANTED) === 0) return f.return(f.get(LOCAL_GOT));
        f.set(LOCAL_WANTED, f.get(LOCAL_WANTED) - 1);
        const list = k.listOf("bulk", k.cpu);
        const pfn = k.lists.first(list);
        k.lists.remove(list, pfn);
        f.set(LOCAL_PAGE, pfn + 1);
        return k.call(allocated, 0, pfn + 1, 0, f.get(LOCAL_REQUEST));
      },
    },
    {
      label: "hooked",
      imitates: "prep_new_page",
      needs: "any",
      cost: "list",
      touches: HAND_OUT_COLUMNS,
      run: (k, f) => {
        if (f.get(LOCAL_RESULT) === 1) k.lists.addTail(k.listOf("bulk", k.cpu), f.get(LOCAL_PAGE) - 1, 0);
        else f.set(LOCAL_GOT, f.get(LOCAL_GOT) - 1);
        return f.goto("hook");
      },
    },
  ];
}

function gfpOf(k: Kernel, f: Frame): number {
  return k.world.requests[f.get(LOCAL_REQUEST)]?.gfp ?? 0;
}
