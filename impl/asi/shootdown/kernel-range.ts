import { INVPCID } from "../../../model/address-space-hardware.ts";
import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import type { Shootdown } from "../parts.ts";
import { tlbState } from "../tlb-state.ts";
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

/** Which CPUs a flush interrupts; a broken design may forget some. */
export type Targets = (online: number, self: number) => number;

export const allOtherCpus: Targets = (online, self) => online & ~(1 << self);

/** Named departures from the kernel's flush; each is a canary's. */
export interface KernelRangeSwitches {
  readonly targets: Targets;
  /** CPUs in lazy TLB mode are not interrupted, as if the range were a user's. */
  readonly skipLazy: boolean;
  /** Nothing tells the other slots that their entries are out of date. */
  readonly forgetOtherSlots: boolean;
  /** No fence between clearing the entries and the first IPI. */
  readonly skipFence: boolean;
  /**
   * A page's address is invalidated in the PCIDs of all classes of the loaded slot, by INVPCID, and not in the loaded one alone.
   * What transitions that keep entries need; where every transition flushes it is a waste.
   */
  readonly everyClass: boolean;
}

const CORRECT: KernelRangeSwitches = {
  targets: allOtherCpus,
  skipLazy: false,
  forgetOtherSlots: false,
  skipFence: false,
  everyClass: false,
};

/**
 * `flush_tlb_kernel_range`: interrupts every online CPU, invalidates locally, waits for all acknowledgements.
 *
 *     a: fence · send IPI to each of {b, c, …} in any order · invalidate own · wait ──────────▶ return
 *     b:                 └▶ (interrupts on) invalidate · acknowledge ──────────────────────▲
 *
 * Above the ceiling everything is invalidated (INVPCID type 2), else page by page in the loaded PCID, and `invalidate_other` has
 * the other slots invalidated when they are next chosen. Other classes' PCIDs of the *same* slot are covered by nothing,
 * unless `everyClass` asks for it: that is sound only while every transition between them flushes. The ceiling counts 4 KiB pages, also where one leaf
 * maps the whole range.
 *
 * - **Context**: task, interrupts on, no lock that is ever taken with interrupts off.
 * - **Source**: `flush_tlb_kernel_range()`, `do_kernel_range_flush()`, `flush_tlb_one_kernel()` in arch/x86/mm/tlb.c,
 *   `smp_call_function_many_cond()` in kernel/smp.c, v6.12.
 */
export function ipiShootdown(asked: Partial<KernelRangeSwitches> = {}): Shootdown {
  const switches = { ...CORRECT, ...asked };
  const handler = flushHandler(switches);
  const flush = flushKernelRange(handler, switches);
  return { mechanism: "ipi", flush, groups: [tlbState], programs: [flush, handler], calls: {} };
}

/** The IPI's handler: invalidates what the initiator described, then acknowledges, as two steps. Context: hard IRQ. */
function flushHandler(switches: KernelRangeSwitches): Program {
  return defineProgram({
    name: "do_kernel_range_flush",
    role: "handler",
    locals: [{ name: "initiator", sort: "cpu", link: true }],
    steps: [
      {
        label: "invalidate",
        imitates: "do_kernel_range_flush",
        needs: "any",
        cost: "flush-page",
        touches: [...IPI_COLUMNS, ...FLUSH_COLUMNS],
        run: (k, f) => {
          const initiator = f.get(LOCAL_INITIATOR) - 1;
          invalidate(k, k.flushStart(initiator), k.flushPages(initiator), switches);
          return NEXT;
        },
      },
      acknowledge(),
    ],
  });
}

function flushKernelRange(handler: Program, switches: KernelRangeSwitches): Program {
  return defineProgram({
    name: "flush_tlb_kernel_range",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "start", sort: "pfn", link: true },
      { name: "pages", sort: "count" },
      { name: "todo", sort: "cpuSet" },
    ],
    steps: [
      {
        label: "describe",
        imitates: "get_flush_tlb_info",
        needs: "irqs-on",
        cost: "none",
        touches: [...IPI_COLUMNS, ...FLUSH_COLUMNS, "asi_core.offline", "cpu.preemptOff"],
        run: (k, f) => {
          keepCpu(k);
          if (!switches.skipFence) k.fence();
          k.describeFlush(f.get(LOCAL_START) - 1, partialPages(k, f));
          f.set(LOCAL_TODO, switches.targets(onlineCpus(k), k.cpu));
          return f.get(LOCAL_TODO) === 0 ? f.goto("flush_local") : NEXT;
        },
      },
      sendIpis(handler, (k, target) => !switches.skipLazy || !isLazy(k, target)),
      {
        label: "flush_local",
        imitates: "do_kernel_range_flush",
        needs: "irqs-on",
        cost: "flush-page",
        touches: [...FLUSH_COLUMNS],
        run: (k, f) => {
          invalidate(k, f.get(LOCAL_START) - 1, partialPages(k, f), switches);
          return NEXT;
        },
      },
      awaitAcks(),
    ],
  });
}

function isLazy(k: Kernel, cpu: number): boolean {
  return k.world.spaces !== undefined && k.of(asiColumns).lazy.get(cpu) === 1;
}

/** Pages to invalidate one by one, or 0 when the range is above the ceiling, or unbounded, and everything goes. */
function partialPages(k: Kernel, f: Frame): number {
  const pages = f.get(LOCAL_PAGES);
  return pages > k.world.geometry.flushCeilingPages ? 0 : pages;
}

/** What one CPU does about a kernel range: `pages` 0 means everything. Serialising, so its own stores come first. */
function invalidate(k: Kernel, start: number, pages: number, switches: KernelRangeSwitches): void {
  k.fence();
  if (k.world.spaces === undefined) {
    if (pages === 0) k.hw.invalidateAll(k.cpu);
    for (let i = 0; i < pages; i++) k.hw.invalidatePage(k.cpu, start + i);
    return;
  }
  if (pages === 0) k.spaces.invpcid(k.cpu, INVPCID.allGlobal, 0, 0);
  for (let i = 0; i < pages; i++) k.spaces.invlpg(k.cpu, start + i);
  if (pages > 0 && !switches.forgetOtherSlots) k.of(tlbState).invalidateOther.set(k.cpu, 1);
  if (!switches.everyClass) return;
  const slot = k.of(tlbState).loadedAsid.get(k.cpu);
  for (let view = 0; view < k.spaces.views; view++) {
    const pcid = k.spaces.pcidOf(slot, view);
    for (let i = 0; i < pages; i++) k.spaces.invpcid(k.cpu, INVPCID.address, pcid, start + i);
  }
}
