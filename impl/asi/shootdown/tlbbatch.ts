import { defineColumns } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import type { World } from "../../../model/world.ts";
import { CORE_COLUMNS } from "../touches.ts";
import { FLUSH_COLUMNS, FLUSH_INFO_COLUMNS, keepCpu, sendIpis } from "./call-cpus.ts";
import { onlineCpus } from "./cpu-set.ts";
import { ANY_MM, catchUp, forgetInfo, type MmRangeFlush, mmFlushInfo, runs } from "./mm-range.ts";

const users = (w: World): boolean => w.spaces?.user === true;

/** Unmappings counted before both halves of an mm's counter begin afresh; the kernel's limit is 2^14. */
const PENDING_MAX = 100;

/** Local of the flush: CPUs still to be interrupted. */
const LOCAL_LEFT = 1;

/**
 * Reclaim's batched unmap flush.
 *
 * - **Shapes, units**: a CPU stands for the task on it, whose `tlb_ubc` has the CPUs of all mms that it has unmapped from.
 *   `pending` and `flushed` are the halves of one atomic `mm->tlb_flush_batched`.
 */
export const tlbBatch = defineColumns("tlb_ubc", {
  cpumask: { sort: "cpuSet", owner: "kernel", per: ["cpu"], when: users },
  pending: { sort: "count", owner: "kernel", per: ["mm"], max: () => PENDING_MAX, when: users },
  flushed: { sort: "count", owner: "kernel", per: ["mm"], max: () => PENDING_MAX, when: users },
  /** The PTE holds a swap entry; the CPU whose reclaim put it there and is going to free the page. */
  swapped: { sort: "cpu", owner: "kernel", per: ["mm", "page"], link: true, when: users },
  /** The page-table lock over the page's PTE is held. Each page's address lies under a table of its own. */
  ptl: { sort: "bool", owner: "kernel", per: ["page"], when: users },
});

export const BATCH_COLUMNS = ["tlb_ubc.pending", "tlb_ubc.flushed", "tlb_ubc.swapped", "tlb_ubc.ptl"] as const;

/** Some unmapping of the mm may not have been flushed yet. */
export function isBatchPending(k: Kernel, mm: number): boolean {
  const { pending, flushed } = k.of(tlbBatch);
  return pending.get(mm) !== flushed.get(mm);
}

/** set_tlb_ubc_flush_pending(), the mm's half: called with the page-table lock held, the PTE cleared, the generation new. */
export function countPending(k: Kernel, mm: number): void {
  const { pending, flushed } = k.of(tlbBatch);
  const overflows = pending.get(mm) >= PENDING_MAX;
  if (overflows) flushed.set(mm, 0);
  pending.set(mm, overflows ? 1 : pending.get(mm) + 1);
}

/**
 * `arch_tlbbatch_flush`: one full flush, of whatever process is loaded, on every CPU that the batch has collected.
 *
 * - **Context**: task, interrupts on, no lock that is ever taken with interrupts off.
 * - **Cost**: one IPI to each CPU of the batch but lazy ones, whatever the number of pages and mms.
 * - **Source**: `arch_tlbbatch_flush()`, `flush_tlb_func()` with no mm in arch/x86/mm/tlb.c, v6.12.
 */
export function batchFlush({ handler, options }: MmRangeFlush): Program {
  return defineProgram({
    name: "arch_tlbbatch_flush",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "left", sort: "cpuSet" },
    ],
    steps: [
      {
        label: "describe",
        imitates: "get_flush_tlb_info",
        needs: "irqs-on",
        cost: "none",
        touches: [...FLUSH_INFO_COLUMNS, "tlb_ubc.cpumask", "asi_core.offline", "cpu.preemptOff"],
        run: (k, f) => {
          keepCpu(k);
          for (const column of Object.values(k.of(mmFlushInfo))) column.set(k.cpu, 0);
          f.set(LOCAL_LEFT, k.of(tlbBatch).cpumask.get(k.cpu) & onlineCpus(k) & ~(1 << k.cpu));
          return f.get(LOCAL_LEFT) === 0 ? f.goto("flush_local") : NEXT;
        },
      },
      sendIpis(handler, isBusy, LOCAL_LEFT),
      {
        label: "flush_local",
        imitates: "flush_tlb_func",
        needs: "irqs-on",
        cost: "flush-all",
        touches: [...FLUSH_COLUMNS, ...FLUSH_INFO_COLUMNS, ...CORE_COLUMNS, "tlb_ubc.cpumask"],
        run: (k) => {
          const { cpumask } = k.of(tlbBatch);
          const mine = ((cpumask.get(k.cpu) >>> k.cpu) & 1) === 1;
          if (mine && runs(k, ANY_MM)) catchUp(k, k.cpu, options);
          cpumask.set(k.cpu, 0);
          return NEXT;
        },
      },
      forgetInfo(),
    ],
  });
}

/** A lazy CPU catches up when it leaves lazy mode. One inside switch_mm is interrupted, whatever it switches to. */
function isBusy(k: Kernel, target: number): boolean {
  return k.of(asiColumns).lazy.get(target) === 0;
}
