import type { Hooks } from "../../model/design.ts";
import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { defineProgram, LOCAL_ORDER, LOCAL_RESULT, type MicroStep, NEXT, type Program } from "../../model/program.ts";
import { zeroBlock, zoneLockStep } from "./alloc-pages.ts";
import { typeOfBlock } from "./buddy.ts";
import { pcpLock, zoneLock } from "./columns.ts";
import { commitToLists, freeUnderLock, lockListsFor, returnFromLists } from "./free-unref.ts";
import { jump } from "./jump.ts";
import { freePcpBulk, pcpAllowed, pcpIndex, pcpIsFull, pcpPut } from "./pcplist.ts";
import { lruRelease } from "./reclaim/lru.ts";
import { LRU_COLUMNS } from "./reclaim/lru-columns.ts";
import { BUDDY_COLUMNS, PCP_COLUMNS } from "./touches.ts";
import { WATERMARK_COLUMNS } from "./watermark.ts";
import { zoneOfPage } from "./zones.ts";

const LOCAL_PAGE = 3;

/**
 * `__free_pages`: the design's hook, then the per-CPU list, then the buddy lists when the per-CPU list is full, locked, or not
 * meant for the order.
 *
 * - **Context**: any, hard IRQ included.
 * - **Shapes, units**: local 2 is the order, local 3 the block's link (pfn + 1).
 * - **Source**: `free_pages_prepare()`, `free_unref_page()`, `free_one_page()` in mm/page_alloc.c, v6.12.
 */
export function freePages(hooks: Hooks): Program {
  return defineProgram({
    name: "free_pages",
    role: "free",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "order", sort: "order" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [...prepareSteps(hooks), ...perCpuSteps(hooks), ...buddySteps()],
  });
}

function prepareSteps(hooks: Hooks): MicroStep[] {
  const { freePrepare } = hooks;
  if (freePrepare === undefined) return [];
  return [
    {
      label: "page_cache_release",
      aliases: ["init_on_free"],
      imitates: "free_pages_prepare",
      needs: "any",
      cost: "zero",
      touches: ["hw.tag", ...LRU_COLUMNS],
      whole: true,
      run: (k, f) => {
        leaveOwner(k, f);
        return NEXT;
      },
    },
    {
      label: "free_pages_prepare",
      imitates: "free_pages_prepare",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => k.call(freePrepare, 0, f.get(LOCAL_PAGE), f.get(LOCAL_ORDER)),
    },
    {
      label: "handled",
      imitates: "free_pages_prepare",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => (f.get(LOCAL_RESULT) === 1 ? f.return(0) : NEXT),
    },
  ];
}

const toZoneLock = jump("zone_lock");

function perCpuSteps(hooks: Hooks): MicroStep[] {
  const zeroes = hooks.freePrepare === undefined;
  return [
    {
      label: "pcp_trylock",
      imitates: "free_unref_page",
      needs: "any",
      cost: "lock",
      touches: [
        "cpu.lockHolder",
        "cpu.preemptOff",
        // The whole allocator reads the page's type before it takes a lock.
        "mm.blockType",
        "mm.listedType",
        "pcp.pindex",
        "hwpoison.count",
        "hwpoison.page",
        ...(zeroes ? ["hw.tag", ...LRU_COLUMNS] : []),
      ],
      run: (k, f) => {
        if (k.world.whole === undefined)
          return pcpAllowed(k, f.get(LOCAL_ORDER)) && k.tryLock(pcpLock(k, 0, k.cpu)) ? NEXT : toZoneLock(f);
        if (zeroes) leaveOwner(k, f);
        return lockListsFor(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER)) ? NEXT : toZoneLock(f);
      },
    },
    {
      label: "pcp_put",
      imitates: "free_unref_page_commit",
      needs: "any",
      cost: "list",
      touches: [...PCP_COLUMNS, "mm.blockType", "cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) => {
        const pfn = f.get(LOCAL_PAGE) - 1;
        const order = f.get(LOCAL_ORDER);
        const zone = zoneOf(k, f);
        if (k.world.whole === undefined) {
          pcpPut(k, zone, k.cpu, pcpIndex(k, typeOfBlock(k, pfn), order), order, pfn);
          if (pcpIsFull(k, zone, k.cpu)) return NEXT;
        } else if (commitToLists(k, zone, pfn, order)) return NEXT;
        k.unlock(pcpLock(k, zone, k.cpu));
        return f.return(0);
      },
    },
    zoneLockStep("bulk_lock", "free_pcppages_bulk", zoneOf),
    {
      label: "free_bulk",
      imitates: "free_pcppages_bulk",
      needs: "any",
      cost: "list",
      touches: [
        ...BUDDY_COLUMNS,
        ...PCP_COLUMNS,
        ...WATERMARK_COLUMNS,
        "cpu.lockHolder",
        "cpu.preemptOff",
        "cpu.irqsOff",
      ],
      run: (k, f) => {
        const zone = zoneOf(k, f);
        if (k.world.whole === undefined) {
          freePcpBulk(k, zone, k.cpu, k.world.geometry.pcpBatch);
          k.unlockIrqRestore(zoneLock(zone));
        } else returnFromLists(k, zone);
        k.unlock(pcpLock(k, zone, k.cpu));
        return f.return(0);
      },
    },
  ];
}

function buddySteps(): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "free_one_page", zoneOf),
    {
      label: "free_one_page",
      imitates: "free_one_page",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const zone = zoneOf(k, f);
        freeUnderLock(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
        k.unlockIrqRestore(zoneLock(zone));
        return f.return(0);
      },
    },
  ];
}

function leaveOwner(k: Kernel, f: Frame): void {
  if (k.world.whole !== undefined) lruRelease(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
  if (k.world.whole?.initOnFree === true) zeroBlock(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
}

/** A free's zone is its page's: it may run inside an allocation that is looking at another zone. */
function zoneOf(k: Kernel, f: Frame): number {
  return zoneOfPage(k, f.get(LOCAL_PAGE) - 1);
}
