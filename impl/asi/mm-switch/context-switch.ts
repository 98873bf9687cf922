import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Outcome, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { CORE_COLUMNS } from "../touches.ts";
import { noteSleep } from "../transitions/run-guest.ts";
import type { AsiSwitches } from "../transitions/switches.ts";

/** The mm to run, as a link; `mms` is a kernel thread. */
const LOCAL_MM = 1;

const LOCALS = [
  { name: "result", sort: "count" },
  { name: "mm", sort: "mm", link: true },
] as const;

/**
 * `context_switch(mm)`: another task gets the CPU. The restricted address space is always left first; a kernel thread then
 * goes on in the address space it finds, lazily.
 *
 * - **Context**: task, not in a critical section.
 * - **Shapes, units**: local 1 is the link of the next task's mm; mm `mms` is a kernel thread.
 * - **Source**: `context_switch()` in kernel/sched/core.c; `enter_lazy_tlb()` in arch/x86/mm/tlb.c; ASI RFC v2.
 */
export function contextSwitch(exit: Program, switchMm: Program): Program {
  return defineProgram({
    name: "context_switch",
    role: "inner",
    locals: LOCALS,
    steps: [
      {
        label: "pick_next",
        imitates: "__schedule",
        needs: "any",
        cost: "none",
        touches: CORE_COLUMNS,
        run: (k, f) => {
          noteSleep(k);
          k.of(asiColumns).taskMm.set(k.cpu, f.get(LOCAL_MM) - 1);
          return NEXT;
        },
      },
      silent("leave_asi", "asi_exit", (k) => k.call(exit)),
      silent("choose", "context_switch", (k, f) => (f.get(LOCAL_MM) > k.world.mms ? NEXT : f.goto("switch_mm"))),
      enterLazyTlb(),
      silent("lazy", "context_switch", (_k, f) => f.return(0)),
      silent("switch_mm", "switch_mm_irqs_off", (k, f) => k.call(switchMm, 0, f.get(LOCAL_MM))),
      silent("switched", "finish_task_switch", (_k, f) => f.return(0)),
    ],
  });
}

/**
 * `kthread_use_mm(mm)`: a kernel thread gets the CPU, lazily, and takes a process's address space for its own for a while.
 *
 * - **Context**: task, not in a critical section.
 * - **Source**: `kthread_use_mm()` in kernel/kthread.c.
 */
export function kthreadUseMm(exit: Program, switchMm: Program, switches: AsiSwitches): Program {
  return defineProgram({
    name: "kthread_use_mm",
    role: "inner",
    locals: LOCALS,
    steps: [
      {
        label: "pick_kthread",
        imitates: "__schedule",
        needs: "any",
        cost: "none",
        touches: CORE_COLUMNS,
        run: (k) => {
          noteSleep(k);
          k.of(asiColumns).taskMm.set(k.cpu, k.world.mms);
          return NEXT;
        },
      },
      silent("leave_asi", "asi_exit", (k) => k.call(exit)),
      enterLazyTlb(),
      {
        label: "set_mm",
        imitates: "kthread_use_mm",
        needs: "any",
        cost: "none",
        touches: CORE_COLUMNS,
        run: (k, f) => {
          k.of(asiColumns).taskMm.set(k.cpu, f.get(LOCAL_MM) - 1);
          return NEXT;
        },
      },
      silent("switch_mm", "switch_mm_irqs_off", (k, f) =>
        k.call(switchMm, 0, f.get(LOCAL_MM), switches.borrowWithoutMask ? 1 : 0),
      ),
      silent("borrowed", "kthread_use_mm", (_k, f) => f.return(0)),
    ],
  });
}

/**
 * `leave_mm()`: a lazy CPU gives the mm up altogether, for init_mm.
 *
 * - **Shapes, units**: answers what it finds in local 0, so that a flush handler keeps the CPU it answers to.
 */
export function leaveMm(switchMm: Program): Program {
  return defineProgram({
    name: "leave_mm",
    role: "inner",
    locals: [{ name: "answer", sort: "count" }],
    steps: [
      silent("switch_mm", "switch_mm", (k, f) => k.call(switchMm, f.get(0), k.world.mms + 1)),
      silent("left", "leave_mm", (_k, f) => f.return(f.get(0))),
    ],
  });
}

/** `enter_lazy_tlb()`: nothing is loaded; flushes of the mm that stays loaded will pass this CPU over. */
function enterLazyTlb(): MicroStep {
  return {
    label: "enter_lazy_tlb",
    imitates: "enter_lazy_tlb",
    needs: "any",
    cost: "none",
    touches: CORE_COLUMNS,
    run: (k) => {
      const c = k.of(asiColumns);
      if (c.loadedMm.get(k.cpu) !== k.world.mms) c.lazy.set(k.cpu, 1);
      return NEXT;
    },
  };
}

function silent(label: string, imitates: string, run: (k: Kernel, f: Frame) => Outcome): MicroStep {
  return { label, imitates, needs: "any", cost: "none", touches: [], run };
}
