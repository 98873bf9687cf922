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
  type Program,
} from "../../model/program.ts";
import { pcpLock, zoneLock } from "./columns.ts";
import { freetypeOf } from "./freetype.ts";
import { pcpAllowed, pcpTake, refill } from "./pcplist.ts";
import { rmqueue } from "./rmqueue.ts";
import { BUDDY_COLUMNS, LIST_COLUMNS, PCP_COLUMNS } from "./touches.ts";
import { currentZone } from "./zones.ts";

const LOCAL_PAGE = 3;

/** Returning is visible: the workload records its page and writes to it at that moment. */
const HAND_OUT_COLUMNS = ["ledger.asked", "hw.tag", ...LIST_COLUMNS];

/**
 * `alloc_pages`: per-CPU list, refill, buddy lists, preparation, and the design's hook with the page owned and no lock held.
 *
 * - **Context**: any. In hard IRQ the per-CPU lock may be held by the interrupted task: trylock fails, the buddy lists serve.
 * - **Shapes, units**: local 2 is the order; answers the block's link (pfn + 1), 0 when there is no memory.
 * - **Errors**: 0; the hook may refuse (a failed table allocation), then the block is given back first.
 * - **Leaves out**: watermarks and the slow path (docs/modelling.md).
 * - **Source**: `__alloc_pages_noprof()`, `rmqueue_pcplist()`, `rmqueue_buddy()` in mm/page_alloc.c, v6.12.
 */
export function allocPages(hooks: Hooks): Program {
  return defineProgram({
    name: "alloc_pages",
    role: "alloc",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "order", sort: "order" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [...perCpuSteps(), ...buddySteps(), ...finishSteps(hooks)],
  });
}

function perCpuSteps(): MicroStep[] {
  return [
    {
      label: "pcp_trylock",
      imitates: "rmqueue_pcplist",
      needs: "any",
      cost: "lock",
      touches: ["cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) =>
        pcpAllowed(k, f.get(LOCAL_ORDER)) && k.tryLock(pcpLock(k, currentZone(k), k.cpu)) ? NEXT : f.goto("zone_lock"),
    },
    {
      label: "pcp_take",
      imitates: "__rmqueue_pcplist",
      needs: "any",
      cost: "list",
      touches: [...PCP_COLUMNS, "cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) => {
        const pfn = pcpTake(k, currentZone(k), k.cpu, typeOf(k, f), f.get(LOCAL_ORDER));
        if (pfn < 0) return NEXT;
        k.unlock(pcpLock(k, currentZone(k), k.cpu));
        f.set(LOCAL_PAGE, pfn + 1);
        return f.goto("prep_new_page");
      },
    },
    zoneLockStep("refill_lock", "rmqueue_bulk"),
    {
      label: "refill",
      imitates: "rmqueue_bulk",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...PCP_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const order = f.get(LOCAL_ORDER);
        refill(k, currentZone(k), k.cpu, typeOf(k, f), order);
        k.unlockIrqRestore(zoneLock(currentZone(k)));
        const pfn = pcpTake(k, currentZone(k), k.cpu, typeOf(k, f), order);
        k.unlock(pcpLock(k, currentZone(k), k.cpu));
        f.set(LOCAL_PAGE, pfn + 1);
        return f.goto("prep_new_page");
      },
    },
  ];
}

function buddySteps(): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "rmqueue_buddy"),
    {
      label: "rmqueue",
      imitates: "__rmqueue",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const pfn = rmqueue(k, currentZone(k), f.get(LOCAL_ORDER), typeOf(k, f));
        k.unlockIrqRestore(zoneLock(currentZone(k)));
        f.set(LOCAL_PAGE, pfn + 1);
        return NEXT;
      },
    },
  ];
}

function finishSteps(hooks: Hooks): MicroStep[] {
  const { allocated } = hooks;
  const prepare: MicroStep = {
    label: "prep_new_page",
    imitates: "prep_new_page",
    needs: "any",
    cost: "zero",
    touches: HAND_OUT_COLUMNS,
    run: (k, f) => {
      const page = f.get(LOCAL_PAGE);
      if (page === 0) return f.return(0);
      if (gfpOf(k, f) & GFP.ZERO) zeroBlock(k, page - 1, f.get(LOCAL_ORDER));
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
    touches: ["cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"],
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
  return freetypeOf(k, migratetypeOf(gfpOf(k, f)));
}
