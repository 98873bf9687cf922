import { INVPCID } from "../../../model/address-space-hardware.ts";
import { defineColumns } from "../../../model/column.ts";
import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import type { World } from "../../../model/world.ts";
import type { Shootdown } from "../parts.ts";
import { generations, pcidsOf, tlbState } from "../tlb-state.ts";
import {
  acknowledge,
  awaitAcks,
  FLUSH_COLUMNS,
  IPI_COLUMNS,
  keepCpu,
  LOCAL_INITIATOR,
  LOCAL_PAGES,
  LOCAL_START,
  LOCAL_TODO,
  sendIpis,
} from "./call-cpus.ts";
import { onlineCpus } from "./cpu-set.ts";

const spaces = (w: World): boolean => w.spaces !== undefined;

/** The part of flush_tlb_info that a flush by generations adds: which generation it brings CPUs up to. */
export const asiFlushInfo = defineColumns("asiflush", {
  newGen: { sort: "count", owner: "kernel", per: ["cpu"], max: generations, when: spaces },
});

/** Named departures from a correct flush by generations; each is a canary's. */
export interface GenerationSwitches {
  /** The generation was bumped before the entries were cleared by whoever cleared them, and is not bumped here. */
  readonly bumpsBeforeClear: boolean;
  /** A handler invalidates page by page however far behind it is, and records the newest generation. */
  readonly alwaysPartial: boolean;
}

const CORRECT: GenerationSwitches = { bumpsBeforeClear: false, alwaysPartial: false };

/**
 * `asi_flush_tlb_range` for the global nonsensitive map: a new generation, then IPIs to those CPUs only that are in a restricted
 * address space. Any other sees the generation when it next enters.
 *
 *     a: (entries are clear) · gen++ (full barrier) · IPI to each CPU with curr_asi set · catch up itself · wait
 *     b: asi_enter: curr_asi := target · full barrier · read gen · load CR3, flushing if behind · record gen
 *
 * Either a sees b's curr_asi and interrupts it, or b sees a's generation and flushes. The handler invalidates in the PCID of
 * curr_asi by INVPCID, so that it does not matter whether CR3 has got there yet, and it may go page by page only when the
 * generation it was sent for is the newest and the next one after its own. Reading the newest generation, invalidating and
 * recording are one step: what lies between them can only make the record older than the truth.
 *
 * - **Context**: task, interrupts on, no lock that is ever taken with interrupts off.
 * - **Source**: `asi_flush_tlb_range()` of the ASI series of 2022, in this model's words; needs transitions by generations.
 */
export function generationShootdown(asked: Partial<GenerationSwitches> = {}): Shootdown {
  const switches = { ...CORRECT, ...asked };
  const handler = catchUpHandler(switches);
  const flush = flushByGeneration(handler, switches);
  return { mechanism: "ipi", flush, groups: [tlbState, asiFlushInfo], programs: [flush, handler], calls: {} };
}

/** Announces a new generation. After the entries have been cleared, or it means nothing. */
export function bumpGlobalGen(k: Kernel): void {
  if (k.world.spaces !== undefined) k.atomicAdd(k.of(tlbState).globalGen, 0, 1);
}

function catchUpHandler(switches: GenerationSwitches): Program {
  return defineProgram({
    name: "do_asi_flush_tlb",
    role: "handler",
    locals: [{ name: "initiator", sort: "cpu", link: true }],
    steps: [
      {
        label: "invalidate",
        imitates: "asi_flush_tlb_func",
        needs: "any",
        cost: "flush-page",
        touches: [...IPI_COLUMNS, ...FLUSH_COLUMNS, "asi_core.currAsi", "asiflush.newGen"],
        run: (k, f) => {
          catchUp(k, f.get(LOCAL_INITIATOR) - 1, switches);
          return NEXT;
        },
      },
      acknowledge(),
    ],
  });
}

function flushByGeneration(handler: Program, switches: GenerationSwitches): Program {
  return defineProgram({
    name: "asi_flush_tlb_range",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "start", sort: "pfn", link: true },
      { name: "pages", sort: "count" },
      { name: "todo", sort: "cpuSet" },
    ],
    steps: [
      {
        label: "bump",
        imitates: "inc_tlb_gen",
        needs: "irqs-on",
        cost: "none",
        touches: [...IPI_COLUMNS, ...FLUSH_COLUMNS, "asi_core.offline", "asiflush.newGen", "cpu.preemptOff"],
        run: (k, f) => {
          keepCpu(k);
          k.fence();
          if (!switches.bumpsBeforeClear) bumpGlobalGen(k);
          if (k.world.spaces !== undefined) k.of(asiFlushInfo).newGen.set(k.cpu, k.of(tlbState).globalGen.get(0));
          k.describeFlush(f.get(LOCAL_START) - 1, partialPages(k, f));
          f.set(LOCAL_TODO, onlineCpus(k) & ~(1 << k.cpu));
          return f.get(LOCAL_TODO) === 0 ? f.goto("flush_local") : NEXT;
        },
      },
      sendIpis(handler, isRestricted),
      {
        label: "flush_local",
        imitates: "asi_flush_tlb_func",
        needs: "irqs-on",
        cost: "flush-page",
        touches: [...IPI_COLUMNS, ...FLUSH_COLUMNS, "asi_core.currAsi", "asiflush.newGen"],
        run: (k) => {
          catchUp(k, k.cpu, switches);
          return NEXT;
        },
      },
      awaitAcks(),
    ],
  });
}

/** In a restricted address space, or about to be. Where there is one context only it is always loaded. */
function isRestricted(k: Kernel, cpu: number): boolean {
  return k.world.spaces === undefined || k.of(asiColumns).currAsi.get(cpu) !== 0;
}

/** Brings the PCID of this CPU's restricted address space up to date, if it is in one or about to be. */
function catchUp(k: Kernel, initiator: number, switches: GenerationSwitches): void {
  k.fence();
  if (k.world.spaces === undefined) {
    k.hw.invalidateAll(k.cpu);
    return;
  }
  const c = k.of(tlbState);
  const current = k.load(k.of(asiColumns).currAsi, k.cpu);
  if (current === 0) return;
  const pcid = k.spaces.pcidOf(c.loadedAsid.get(k.cpu), current);
  const row = k.cpu * pcidsOf(k.world) + pcid;
  const own = c.pcidGen.get(row);
  const latest = c.globalGen.get(0);
  const wanted = k.of(asiFlushInfo).newGen.get(initiator);
  if (wanted <= own) return;
  const pages = k.flushPages(initiator);
  const partial = pages > 0 && (switches.alwaysPartial || (wanted === latest && wanted <= own + 1));
  if (!partial) k.spaces.invpcid(k.cpu, INVPCID.single, pcid, 0);
  for (let i = 0; partial && i < pages; i++)
    k.spaces.invpcid(k.cpu, INVPCID.address, pcid, k.flushStart(initiator) + i);
  c.pcidGen.set(row, latest);
}

/** Pages to invalidate one by one, or 0 when the range is above the ceiling and the whole PCID goes. */
function partialPages(k: Kernel, f: Frame): number {
  const pages = f.get(LOCAL_PAGES);
  return pages > k.world.geometry.flushCeilingPages ? 0 : pages;
}
