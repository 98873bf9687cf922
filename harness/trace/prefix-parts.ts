import { BYTE, decimal, isDigit, skipBlanks, skipDigits } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import type { FlagColumns } from "./header.ts";

/**
 * Where the parts of the current line stand that are not numbers. Reused like the event itself.
 */
export interface LineSpans {
  commStart: number;
  commEnd: number;
  /** First byte of the event's name; `nameEnd` is its colon. */
  nameStart: number;
  nameEnd: number;
}

/** The most CPUs that an x86-64 kernel can be built for; a larger number is not a CPU. */
const CPUS_MAX = 8192;
const PID_DIGITS_MAX = 10;

/** `-4711`: the dash stands at `dash`. Answers the end of the digits, or -1. */
export function readPid(bytes: Uint8Array, dash: number, end: number, event: TraceEvent): number {
  if (dash >= end || bytes[dash] !== BYTE.minus) return -1;
  const pidEnd = skipDigits(bytes, dash + 1, end);
  if (pidEnd === dash + 1 || pidEnd - dash - 1 > PID_DIGITS_MAX) return -1;
  event.pid = decimal(bytes, dash + 1, pidEnd);
  return pidEnd;
}

/** A CPU number. Answers its end, or -1. */
export function readCpu(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): number {
  const cpuEnd = skipDigits(bytes, pos, end);
  if (cpuEnd === pos || cpuEnd >= end || cpuEnd - pos > 5) return -1;
  event.cpu = decimal(bytes, pos, cpuEnd);
  return event.cpu < CPUS_MAX ? cpuEnd : -1;
}

/**
 * The flags column [pos, end): `d..2.`. Answers whether it has the width that the legend announced, or one that kernels of
 * 4 and of 5 characters have in common.
 */
export function readFlags(bytes: Uint8Array, pos: number, end: number, flags: FlagColumns, event: TraceEvent): boolean {
  const width = end - pos;
  if (flags.width > 0 ? width !== flags.width : width !== 4 && width !== 5) return false;
  const irqs = flags.irqs < 0 ? BYTE.dot : bytes[pos + flags.irqs];
  const context = flags.context < 0 ? BYTE.dot : bytes[pos + flags.context];
  event.flagsKnown = 1;
  // d: interrupts off. b: softirqs (bottom halves) off. D: both.
  event.irqsOff = irqs === 100 || irqs === 68 ? 1 : 0;
  event.bhOff = irqs === 98 || irqs === 68 ? 1 : 0;
  // h: hard interrupt. s: softirq. H: hard interrupt that interrupted a softirq. z: NMI. Z: NMI in a hard interrupt.
  event.hardirq = context === 104 || context === 72 || context === 90 ? 1 : 0;
  event.softirq = context === 115 || context === 72 ? 1 : 0;
  event.nmi = context === 122 || context === 90 ? 1 : 0;
  event.preemptDepth = flags.preemptDepth < 0 ? 0 : depthOf(bytes[pos + flags.preemptDepth]);
  return true;
}

/** A hexadecimal digit; a dot is 0. */
function depthOf(byte: number): number {
  if (isDigit(byte)) return byte - BYTE.zero;
  return byte >= 97 && byte <= 102 ? byte - 87 : 0;
}

/** What a tool does with nanoseconds when it prints microseconds: the kernel and trace-cmd round, perf cuts. */
export type SubMicros = "rounded" | "cut";

/**
 * `8.424561:` in microseconds, or `92496252487:` as it stands. Answers the index of the colon, or -1.
 *
 * Where a tool was asked for nanoseconds, `nanos` says how to get the microseconds that it would have printed without.
 */
export function readTime(
  bytes: Uint8Array,
  pos: number,
  end: number,
  event: TraceEvent,
  nanos: SubMicros = "rounded",
): number {
  let whole = 0;
  let at = pos;
  for (; at < end && isDigit(bytes[at]); at++) whole = whole * 10 + bytes[at] - BYTE.zero;
  if (at === pos || at >= end) return -1;
  if (bytes[at] === BYTE.colon) {
    event.micros = whole;
    return at;
  }
  if (bytes[at] !== BYTE.dot) return -1;
  const fractionStart = at + 1;
  const sixDigits = fractionStart + 6;
  let fraction = 0;
  for (at = fractionStart; at < end && isDigit(bytes[at]); at++) {
    if (at < sixDigits) fraction = fraction * 10 + bytes[at] - BYTE.zero;
    else if (at === sixDigits && nanos === "rounded" && bytes[at] - BYTE.zero >= 5) fraction++;
  }
  if (at < sixDigits || at > fractionStart + 9 || at >= end || bytes[at] !== BYTE.colon) return -1;
  event.micros = whole * 1_000_000 + fraction;
  return at;
}

/** The word behind the time's colon, up to its own colon; `<stack trace>` has none and ends at its blank. */
export function readName(bytes: Uint8Array, colon: number, end: number, spans: LineSpans): boolean {
  const nameStart = skipBlanks(bytes, colon + 1, end);
  let at = nameStart;
  while (at < end && NAME_BYTES[bytes[at]] === 1) at++;
  if (nameStart < end && bytes[nameStart] === BYTE.less) {
    spans.nameStart = nameStart;
    spans.nameEnd = nameStart;
    return true;
  }
  if (at === nameStart || at >= end || bytes[at] !== BYTE.colon) return false;
  spans.nameStart = nameStart;
  spans.nameEnd = at;
  return true;
}

/** 1 for the bytes of C identifiers, which event names are. */
export const NAME_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9_]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Leading blanks included: they are dropped when somebody asks for the name. */
export function setComm(start: number, dash: number, spans: LineSpans): void {
  spans.commStart = start;
  spans.commEnd = dash;
}
