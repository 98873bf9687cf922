import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { BLOCKED, defineProgram, NEXT, type Program } from "../../model/program.ts";

const LOCAL_START = 1;
const LOCAL_PAGES = 2;
const LOCAL_TODO = 3;

/** Local of the handler: the CPU that sent the IPI, + 1. */
const LOCAL_INITIATOR = 0;

const IPI_COLUMNS = ["ipi.request", "ipi.handler", "ipi.start", "ipi.pages"] as const;

/**
 * The IPI's handler: invalidates what the initiator described, then acknowledges, as two steps.
 *
 * - **Context**: hard IRQ.
 * - **Source**: `do_kernel_range_flush()`, `do_flush_tlb_all()` in arch/x86/mm/tlb.c; csd_unlock in kernel/smp.c.
 */
export const flushHandler: Program = defineProgram({
  name: "do_kernel_range_flush",
  role: "handler",
  locals: [{ name: "initiator", sort: "cpu", link: true }],
  steps: [
    {
      label: "invalidate",
      imitates: "do_kernel_range_flush",
      needs: "any",
      cost: "flush-page",
      touches: [...IPI_COLUMNS, "tlb.entry", "tlb.flushedAt", "tlb.pageFlushedAt", "tlb.epoch", "hw.mode"],
      run: (k, f) => {
        const initiator = f.get(LOCAL_INITIATOR) - 1;
        invalidate(k, k.flushStart(initiator), k.flushPages(initiator));
        return NEXT;
      },
    },
    {
      label: "acknowledge",
      imitates: "csd_unlock",
      needs: "any",
      cost: "none",
      touches: [...IPI_COLUMNS],
      run: (k, f) => {
        k.acknowledge(f.get(LOCAL_INITIATOR) - 1);
        return f.return(0);
      },
    },
  ],
});

/** Which CPUs a flush interrupts; a broken design may forget some. */
export type Targets = (online: number, self: number) => number;

export const allOtherCpus: Targets = (online, self) => online & ~(1 << self);

/**
 * `flush_tlb_kernel_range`: interrupts every online CPU, invalidates locally, waits for all acknowledgements.
 *
 *     a: fence · send IPI to each of {b, c, …} in any order · invalidate own · wait ──────────▶ return
 *     b:                 └▶ (interrupts on) invalidate · acknowledge ──────────────────────▲
 *
 * Above the ceiling everything is invalidated, else page by page in the current context; other contexts of a CPU are covered
 * by the policy that every load of one flushes it.
 *
 * - **Context**: task, interrupts on, no lock that is ever taken with interrupts off.
 * - **Shapes, units**: local 1 is the first page's link, local 2 the number of pages.
 * - **Source**: `flush_tlb_kernel_range()` in arch/x86/mm/tlb.c, `smp_call_function_many_cond()` in kernel/smp.c.
 */
export function flushKernelRange(name: string, targets: Targets): Program {
  return defineProgram({
    name,
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
        touches: [...IPI_COLUMNS],
        run: (k, f) => {
          k.describeFlush(f.get(LOCAL_START) - 1, partialPages(k, f));
          const online = 2 ** k.world.cpus - 1;
          f.set(LOCAL_TODO, targets(online, k.cpu));
          k.fence();
          return f.get(LOCAL_TODO) === 0 ? f.goto("flush_local") : NEXT;
        },
      },
      {
        label: "send_ipi",
        imitates: "smp_call_function_many_cond",
        needs: "irqs-on",
        flush: "ipi",
        cost: "ipi",
        touches: [...IPI_COLUMNS],
        choices: (_k, f) => members(f.get(LOCAL_TODO)),
        run: (k, f, choice) => {
          const target = member(f.get(LOCAL_TODO), choice);
          k.sendIpi(target, flushHandler);
          f.set(LOCAL_TODO, f.get(LOCAL_TODO) & ~(1 << target));
          return f.get(LOCAL_TODO) === 0 ? NEXT : f.goto("send_ipi");
        },
      },
      {
        label: "flush_local",
        imitates: "do_kernel_range_flush",
        needs: "irqs-on",
        cost: "flush-page",
        touches: ["tlb.entry", "tlb.flushedAt", "tlb.pageFlushedAt", "tlb.epoch", "hw.mode"],
        run: (k, f) => {
          invalidate(k, f.get(LOCAL_START) - 1, partialPages(k, f));
          return NEXT;
        },
      },
      {
        label: "await_acks",
        imitates: "csd_lock_wait",
        needs: "irqs-on",
        flush: "ipi",
        cost: "wait",
        touches: [...IPI_COLUMNS],
        run: (k, f) => {
          if (!k.allAcknowledged()) return BLOCKED;
          k.endFlush();
          return f.return(0);
        },
      },
    ],
  });
}

/** Pages to invalidate one by one, or 0 when the range is above the ceiling and everything goes. */
function partialPages(k: Kernel, f: Frame): number {
  const pages = f.get(LOCAL_PAGES);
  return pages > k.world.geometry.flushCeilingPages ? 0 : pages;
}

function invalidate(k: Kernel, start: number, pages: number): void {
  if (pages === 0) k.hw.invalidateAll(k.cpu);
  for (let i = 0; i < pages; i++) k.hw.invalidatePage(k.cpu, start + i);
}

function members(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The `index`-th member of a CPU set, counted from the lowest. */
function member(set: number, index: number): number {
  let rest = set;
  for (let i = 0; i < index; i++) rest &= rest - 1;
  return 31 - Math.clz32(rest & -rest);
}
