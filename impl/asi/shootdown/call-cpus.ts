import type { Kernel } from "../../../model/kernel.ts";
import { BLOCKED, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { CORE_COLUMNS, SPACE_COLUMNS } from "../touches.ts";
import { member, size } from "./cpu-set.ts";

/** Locals that a program which interrupts other CPUs has at these places: the range, and whom it has still to interrupt. */
export const LOCAL_START = 1;
export const LOCAL_PAGES = 2;
export const LOCAL_TODO = 3;

/** Local of a handler: the CPU that sent the IPI, + 1. */
export const LOCAL_INITIATOR = 0;

export const IPI_COLUMNS = ["ipi.request", "ipi.handler", "ipi.start", "ipi.pages"] as const;

/** flush_tlb_info of a flush of a user range; declared by mm-range.ts. */
export const FLUSH_INFO_COLUMNS = ["mmflush.mm", "mmflush.start", "mmflush.pages", "mmflush.newGen"] as const;

/** What an invalidation reads or writes, in worlds with address spaces and without. */
export const FLUSH_COLUMNS = [
  "tlb.entry",
  "tlb.flushedAt",
  "tlb.pageFlushedAt",
  "tlb.epoch",
  "hw.mode",
  ...SPACE_COLUMNS,
] as const;

/** Asked of each CPU at the moment at which it would be interrupted: is it needed? */
export type Wanted = (k: Kernel, target: number) => boolean;

/** Interrupts each CPU of the set in local `todo` that is wanted, in any order. */
export function sendIpis(handler: Program, wanted: Wanted = () => true, todo = LOCAL_TODO): MicroStep {
  return {
    label: "send_ipi",
    imitates: "smp_call_function_many_cond",
    needs: "irqs-on",
    flush: "ipi",
    cost: "ipi",
    touches: [...IPI_COLUMNS, ...CORE_COLUMNS, "tlbstate.mmCpus", ...FLUSH_INFO_COLUMNS],
    choices: (_k, f) => size(f.get(todo)),
    run: (k, f, choice) => {
      const target = member(f.get(todo), choice);
      if (wanted(k, target)) k.sendIpi(target, handler);
      f.set(todo, f.get(todo) & ~(1 << target));
      return f.get(todo) === 0 ? NEXT : f.goto("send_ipi");
    },
  };
}

/** Waits for every CPU that was interrupted, and leaves the program. */
export function awaitAcks(): MicroStep {
  return {
    label: "await_acks",
    imitates: "csd_lock_wait",
    needs: "irqs-on",
    flush: "ipi",
    cost: "wait",
    touches: [...IPI_COLUMNS, "promise.due", "promise.covered", "cpu.preemptOff"],
    run: (k, f) => {
      if (!k.allAcknowledged()) return BLOCKED;
      k.endFlush();
      letOthersRun(k);
      return f.return(0);
    },
  };
}

/** A handler that does one thing, then acknowledges, as two steps. */
export function acknowledge(): MicroStep {
  return {
    label: "acknowledge",
    imitates: "csd_unlock",
    needs: "any",
    cost: "none",
    touches: [...IPI_COLUMNS],
    run: (k, f) => {
      k.acknowledge(f.get(LOCAL_INITIATOR) - 1);
      return f.return(0);
    },
  };
}

/**
 * get_cpu and put_cpu: whoever flushes keeps its CPU, so that no CPU goes offline meanwhile and the flush's description, of
 * which each CPU has one, stays its own. Where there are no address spaces nothing of that can happen.
 */
export function keepCpu(k: Kernel): void {
  if (k.world.spaces !== undefined) k.preemptDisable();
}

export function letOthersRun(k: Kernel): void {
  if (k.world.spaces !== undefined) k.preemptEnable();
}
