import type { Kernel } from "./kernel.ts";
import { CONTEXT_FAULT, MOMENT } from "./moments.ts";
import type { MicroStep } from "./program.ts";

/** `LEVEL_WORKER`, which kernel.ts exports to everybody else. */
const WORKER = 1;

/**
 * Logs when a step is about to run where it may not (S23).
 *
 * An IPI shootdown is started and awaited by a task, with interrupts on and no lock held: from any interrupt, softirq included,
 * it would describe its flush over the one that the interrupted task is waiting for. A broadcast may run anywhere, but between
 * INVLPGB and TLBSYNC the task must not be moved: preemption is off.
 *
 * - **Source**: `smp_call_function_many_cond()` in kernel/smp.c warns outside task context; semantics of INVLPGB, AMD APM vol. 3.
 */
export function checkContext(k: Kernel, step: MicroStep, irqsOff: boolean): void {
  if (step.flush === "broadcast") {
    if (k.level <= WORKER && k.isPreemptible(k.cpu)) fault(k, CONTEXT_FAULT.preemptible);
    return;
  }
  if (step.flush === "ipi" && k.level > WORKER) fault(k, CONTEXT_FAULT.hardIrq);
  else if (irqsOff) fault(k, CONTEXT_FAULT.irqsOff);
  else if (step.flush === "ipi" && k.holdsLock(k.cpu)) fault(k, CONTEXT_FAULT.lockHeld);
  else if (step.needs === "may-sleep" && !k.canSleep()) fault(k, CONTEXT_FAULT.cannotSleep);
}

/** Logs how many allocations the one that is about to begin lies inside of (L6). */
export function noteNesting(k: Kernel, level: number, depth: number): void {
  let outer = 0;
  for (let at = 0; at < depth; at++) if (k.programAt(k.cpu, level, at).role === "alloc") outer++;
  if (outer > 0) k.moments.push(MOMENT.nestedAlloc, k.cpu, outer);
}

function fault(k: Kernel, kind: number): void {
  k.moments.push(MOMENT.contextFault, k.cpu, kind);
}
