import { LEVEL_HARDIRQ, LEVEL_SOFTIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import type { TraceEvent } from "../trace/event.ts";

/** The event happened in a task: no interrupt of any kind. A line that does not tell counts as a task's. */
export function isTaskContext(event: Readonly<TraceEvent>): boolean {
  return (event.softirq | event.hardirq | event.nmi) === 0;
}

/** The level that a traced call runs on. An NMI, in which nobody may allocate, counts as a hard IRQ. */
export function levelOf(event: Readonly<TraceEvent>): number {
  if ((event.hardirq | event.nmi) !== 0) return LEVEL_HARDIRQ;
  return event.softirq === 0 ? LEVEL_TASK : LEVEL_SOFTIRQ;
}
