/**
 * One event of a recorded kernel trace, as numbers.
 *
 * The parser fills the same record again for every line: copy what must outlive the callback. Flags are 0 or 1; a field
 * that the event does not carry is -1 (0 for flags).
 */
export interface TraceEvent {
  kind: EventKind;
  /** Line in the file, from 1, header lines included: what an editor shows. */
  line: number;

  /** 1 if the line told CPU and time (`options/context-info` was on). */
  contextKnown: number;
  cpu: number;
  pid: number;
  /** Thread group, if `record-tgid` was on. */
  tgid: number;
  /** Microseconds; with a clock that prints no dot (x86-tsc, counter, uptime) its raw ticks; -1 without context. */
  micros: number;

  /** 1 if the line had the flags column (`options/irq-info` was on). */
  flagsKnown: number;
  irqsOff: number;
  bhOff: number;
  hardirq: number;
  softirq: number;
  nmi: number;
  preemptDepth: number;

  pfn: number;
  /** log2 of pages. For `extfrag` the order that was asked for. */
  order: number;
  /** For `alloc` what the request asked for, not what the pageblock is. */
  migratetype: number;
  /** Flag word in the values of the trace's kernel; 0 when `gfpKnown` is 0. */
  gfp: number;
  /** 0 where the kernel printed nothing (`hash-ptr=0` on 6.1) or the event has no flags. */
  gfpKnown: number;
  /** Order and type are such that per-CPU lists hold them; not that it was a refill. */
  percpuRefill: number;
  /** 1 on an `alloc` that returned no page. */
  failed: number;

  fallbackOrder: number;
  fallbackMigratetype: number;

  /** `tlb_flush`: pages, -1 for everything, and the kernel's reason number. */
  tlbPages: number;
  tlbReason: number;
}

/**
 * `freeBatched` repeats a page that `free` has already named: never count it as a free.
 */
export const EVENT = {
  alloc: 0,
  free: 1,
  freeBatched: 2,
  zoneLocked: 3,
  pcpuDrain: 4,
  extfrag: 5,
  tlbFlush: 6,
  mark: 7,
  other: 8,
} as const;

export type EventName = keyof typeof EVENT;
export type EventKind = (typeof EVENT)[EventName];

/** Indexed by kind. */
export const EVENT_NAMES = Object.keys(EVENT) as readonly EventName[];

export function blankEvent(): TraceEvent {
  const event = {} as TraceEvent;
  clearEvent(event);
  return event;
}

/** Back to "carries nothing", so that no line inherits a field of the line before it. */
export function clearEvent(event: TraceEvent): void {
  event.kind = EVENT.other;
  event.line = 0;
  event.contextKnown = 0;
  event.cpu = -1;
  event.pid = -1;
  event.tgid = -1;
  event.micros = -1;
  event.flagsKnown = 0;
  event.irqsOff = 0;
  event.bhOff = 0;
  event.hardirq = 0;
  event.softirq = 0;
  event.nmi = 0;
  event.preemptDepth = 0;
  event.pfn = -1;
  event.order = -1;
  event.migratetype = -1;
  event.gfp = 0;
  event.gfpKnown = 0;
  event.percpuRefill = 0;
  event.failed = 0;
  event.fallbackOrder = -1;
  event.fallbackMigratetype = -1;
  event.tlbPages = -1;
  event.tlbReason = -1;
}
