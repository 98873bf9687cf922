import type { Hooks } from "../../model/design.ts";
import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { defineProgram, LOCAL_ORDER, LOCAL_RESULT, type MicroStep, NEXT, type Program } from "../../model/program.ts";
import { zoneLockStep } from "./alloc-pages.ts";
import { freeOnePage, typeOfBlock } from "./buddy.ts";
import { pcpLock, zoneLock } from "./columns.ts";
import { freePcpBulk, pcpAllowed, pcpIsFull, pcpPut } from "./pcplist.ts";
import { BUDDY_COLUMNS, PCP_COLUMNS } from "./touches.ts";
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
    steps: [...prepareSteps(hooks), ...perCpuSteps(), ...buddySteps()],
  });
}

function prepareSteps(hooks: Hooks): MicroStep[] {
  const { freePrepare } = hooks;
  if (freePrepare === undefined) return [];
  return [
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

function perCpuSteps(): MicroStep[] {
  return [
    {
      label: "pcp_trylock",
      imitates: "free_unref_page",
      needs: "any",
      cost: "lock",
      touches: ["cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) =>
        pcpAllowed(k, f.get(LOCAL_ORDER)) && k.tryLock(pcpLock(k, zoneOf(k, f), k.cpu)) ? NEXT : f.goto("zone_lock"),
    },
    {
      label: "pcp_put",
      imitates: "free_unref_page_commit",
      needs: "any",
      cost: "list",
      touches: [...PCP_COLUMNS, "mm.blockType", "cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) => {
        const pfn = f.get(LOCAL_PAGE) - 1;
        const zone = zoneOf(k, f);
        pcpPut(k, zone, k.cpu, typeOfBlock(k, pfn), f.get(LOCAL_ORDER), pfn);
        if (pcpIsFull(k, zone, k.cpu)) return NEXT;
        k.unlock(pcpLock(k, zoneOf(k, f), k.cpu));
        return f.return(0);
      },
    },
    zoneLockStep("bulk_lock", "free_pcppages_bulk", zoneOf),
    {
      label: "free_bulk",
      imitates: "free_pcppages_bulk",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...PCP_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        freePcpBulk(k, zoneOf(k, f), k.cpu, k.world.geometry.pcpBatch);
        k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
        k.unlock(pcpLock(k, zoneOf(k, f), k.cpu));
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
      imitates: "__free_one_page",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        freeOnePage(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
        k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
        return f.return(0);
      },
    },
  ];
}

/** A free's zone is its page's: it may run inside an allocation that is looking at another zone. */
function zoneOf(k: Kernel, f: Frame): number {
  return zoneOfPage(k, f.get(LOCAL_PAGE) - 1);
}
