import { BYTE, decimal, isDigit, skipBlanks, skipDigits, skipToken } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import type { FlagColumns, TraceHeader } from "./header.ts";

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

const COMM_WIDTH = 16;
const LATENCY_COMM_WIDTH = 8;
/** The most CPUs that an x86-64 kernel can be built for; a larger number is not a CPU. */
const CPUS_MAX = 8192;
const PID_DIGITS_MAX = 10;

/**
 * Reads what stands before the fields: task, CPU, flags, time, event name.
 *
 *     COMM-PID  (TGID) [CPU] FLAGS  SECONDS.MICROS: NAME:
 *
 * A task's name may hold anything, even a copy of the rest of the line, but the kernel pads it to a fixed width: what
 * stands in that column decides, and only lines with another width are searched.
 *
 * Answers whether the line has this form; if not, `event` may hold rubbish.
 */
export function readLinePrefix(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: TraceHeader,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  if (header.latencyFormat) {
    return readLatencyPrefix(bytes, start, start + LATENCY_COMM_WIDTH, end, header.flags, event, spans);
  }
  const dash = start + COMM_WIDTH;
  if (readAfterComm(bytes, start, dash, end, header.flags, event, spans)) return true;
  if (readContextless(bytes, start, end, event, spans)) return true;
  return searchForTask(bytes, start, end, header.flags, event, spans);
}

/** From the dash between comm and pid to the end of the event's name. */
function readAfterComm(
  bytes: Uint8Array,
  start: number,
  dash: number,
  end: number,
  flags: FlagColumns,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  const pidEnd = readPid(bytes, dash, end, event);
  if (pidEnd < 0) return false;
  const cpuAt = skipTgid(bytes, skipBlanks(bytes, pidEnd, end), end, event);
  if (bytes[cpuAt] !== BYTE.openBracket) return false;
  const cpuEnd = readCpu(bytes, cpuAt + 1, end, event);
  if (cpuEnd < 0 || bytes[cpuEnd] !== BYTE.closeBracket) return false;
  const flagsEnd = readFlagsColumn(bytes, cpuEnd + 1, end, flags, event);
  if (flagsEnd < 0) return false;
  const timeEnd = readTime(bytes, skipBlanks(bytes, flagsEnd, end), end, event);
  if (timeEnd < 0 || !readName(bytes, timeEnd, end, spans)) return false;
  event.contextKnown = 1;
  setComm(start, dash, spans);
  return true;
}

/** `comm-pid  CPUflags 21945us!: name:`; the delay mark may be a blank. */
function readLatencyPrefix(
  bytes: Uint8Array,
  start: number,
  dash: number,
  end: number,
  flags: FlagColumns,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  const pidEnd = readPid(bytes, dash, end, event);
  if (pidEnd < 0) return false;
  const cpuEnd = readCpu(bytes, skipBlanks(bytes, pidEnd, end), end, event);
  if (cpuEnd < 0) return false;
  const flagsEnd = skipToken(bytes, cpuEnd, end);
  if (flagsEnd > cpuEnd && !readFlags(bytes, cpuEnd, flagsEnd, flags, event)) return false;
  const timeStart = skipBlanks(bytes, flagsEnd, end);
  const timeEnd = skipDigits(bytes, timeStart, end);
  if (timeEnd === timeStart || bytes[timeEnd] !== 117 || bytes[timeEnd + 1] !== 115) return false;
  const colon = timeEnd + 3;
  if (bytes[colon] !== BYTE.colon || !readName(bytes, colon, end, spans)) return false;
  event.micros = decimal(bytes, timeStart, timeEnd);
  event.contextKnown = 1;
  setComm(start, dash, spans);
  return true;
}

/** `options/context-info` off: the line begins with the event's name. */
function readContextless(bytes: Uint8Array, start: number, end: number, event: TraceEvent, spans: LineSpans): boolean {
  let at = start;
  while (at < end && NAME_BYTES[bytes[at]] === 1) at++;
  if (at === start || at >= end || bytes[at] !== BYTE.colon) return false;
  event.contextKnown = 0;
  event.cpu = -1;
  event.pid = -1;
  event.micros = -1;
  spans.commStart = start;
  spans.commEnd = start;
  spans.nameStart = start;
  spans.nameEnd = at;
  return true;
}

/** Lines of another width: the last `-digits` before a ` [cpu]` that the rest of the line agrees with. */
function searchForTask(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: FlagColumns,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  const limit = Math.min(end, start + 4 * COMM_WIDTH);
  for (let dash = limit - 1; dash >= start; dash--) {
    if (bytes[dash] !== BYTE.minus) continue;
    if (readAfterComm(bytes, start, dash, end, flags, event, spans)) return true;
  }
  return false;
}

function readPid(bytes: Uint8Array, dash: number, end: number, event: TraceEvent): number {
  if (dash >= end || bytes[dash] !== BYTE.minus) return -1;
  const pidEnd = skipDigits(bytes, dash + 1, end);
  if (pidEnd === dash + 1 || pidEnd - dash - 1 > PID_DIGITS_MAX) return -1;
  event.pid = decimal(bytes, dash + 1, pidEnd);
  return pidEnd;
}

/** `(  298)` or `(-------)`. */
function skipTgid(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): number {
  event.tgid = -1;
  if (bytes[pos] !== BYTE.openParen) return pos;
  const digits = skipBlanks(bytes, pos + 1, end);
  const digitsEnd = skipDigits(bytes, digits, end);
  if (digitsEnd > digits) event.tgid = decimal(bytes, digits, digitsEnd);
  let close = digitsEnd;
  while (close < end && bytes[close] === BYTE.minus) close++;
  return bytes[close] === BYTE.closeParen ? skipBlanks(bytes, close + 1, end) : end;
}

function readCpu(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): number {
  const cpuEnd = skipDigits(bytes, pos, end);
  if (cpuEnd === pos || cpuEnd >= end || cpuEnd - pos > 5) return -1;
  event.cpu = decimal(bytes, pos, cpuEnd);
  return event.cpu < CPUS_MAX ? cpuEnd : -1;
}

/** The token behind ` [cpu] `: flags, unless it is the time already (`irq-info` off). Answers its end, or -1. */
function readFlagsColumn(bytes: Uint8Array, pos: number, end: number, flags: FlagColumns, event: TraceEvent): number {
  event.flagsKnown = 0;
  const tokenStart = skipBlanks(bytes, pos, end);
  const tokenEnd = skipToken(bytes, tokenStart, end);
  if (tokenEnd > tokenStart && bytes[tokenEnd - 1] === BYTE.colon) return tokenStart;
  return readFlags(bytes, tokenStart, tokenEnd, flags, event) ? tokenEnd : -1;
}

function readFlags(bytes: Uint8Array, pos: number, end: number, flags: FlagColumns, event: TraceEvent): boolean {
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

/** `8.424561:` in microseconds, or `92496252487:` as it stands. Answers the index of the colon, or -1. */
function readTime(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): number {
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
    // Six digits from the kernel; nine where a tool printed nanoseconds, cut to whole microseconds.
    if (at < sixDigits) fraction = fraction * 10 + bytes[at] - BYTE.zero;
  }
  if (at < sixDigits || at > fractionStart + 9 || at >= end || bytes[at] !== BYTE.colon) return -1;
  event.micros = whole * 1_000_000 + fraction;
  return at;
}

/** The word behind the time's colon, up to its own colon; `<stack trace>` has none and ends at its blank. */
function readName(bytes: Uint8Array, colon: number, end: number, spans: LineSpans): boolean {
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
const NAME_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9_]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Leading blanks included: they are dropped when somebody asks for the name. */
function setComm(start: number, dash: number, spans: LineSpans): void {
  spans.commStart = start;
  spans.commEnd = dash;
}
