import { BYTE, decimal, skipBlanks, skipDigits, skipToken } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import type { FlagColumns } from "./header.ts";
import type { LineSpans } from "./prefix-parts.ts";
import { NAME_BYTES, readCpu, readFlags, readName, readPid, readTime, setComm } from "./prefix-parts.ts";

const COMM_WIDTH = 16;

/**
 * Reads what tracefs and `trace-cmd report` print before the fields: task, CPU, flags, time, event name.
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
  flags: FlagColumns,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  const dash = start + COMM_WIDTH;
  if (readAfterComm(bytes, start, dash, end, flags, event, spans)) return true;
  if (readContextless(bytes, start, end, event, spans)) return true;
  return searchForTask(bytes, start, end, flags, event, spans);
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

/** The token behind ` [cpu] `: flags, unless it is the time already (`irq-info` off). Answers its end, or -1. */
function readFlagsColumn(bytes: Uint8Array, pos: number, end: number, flags: FlagColumns, event: TraceEvent): number {
  event.flagsKnown = 0;
  const tokenStart = skipBlanks(bytes, pos, end);
  const tokenEnd = skipToken(bytes, tokenStart, end);
  if (tokenEnd > tokenStart && bytes[tokenEnd - 1] === BYTE.colon) return tokenStart;
  return readFlags(bytes, tokenStart, tokenEnd, flags, event) ? tokenEnd : -1;
}
