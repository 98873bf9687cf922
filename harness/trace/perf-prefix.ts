import { ascii, BYTE, decimal, isDigit, skipBlanks, skipDigits, startsWith } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import type { LineSpans } from "./prefix-parts.ts";
import { NAME_BYTES, readCpu, readTime, setComm } from "./prefix-parts.ts";

/** A name has at most 15 bytes and is padded to 16; a pid stands at most this far into the line. */
const PID_START_MAX = 32;
const PID_DIGITS_MAX = 10;
const RECORD = ascii("PERF_RECORD_");

/**
 * Reads what `perf script` prints before the fields, by default or with `-F comm,pid,tid,cpu,time,event,trace`.
 *
 *     COMM PID [CPU] SECONDS.MICROS: GROUP:NAME:
 *     COMM PID/TID [CPU] SECONDS.NANOS: GROUP:NAME:
 *
 * Names are padded on the left, but not with call graphs, and may hold blanks and digits. None is long enough to hold
 * everything from a pid to an event's name, so the first place from which the rest can be read is the right one.
 *
 * A side record (`PERF_RECORD_LOST lost 27`, of `--show-lost-events`) has no event: `nameEnd` is then `nameStart`.
 * Answers as `readLinePrefix`. `pid` is the thread and `tgid` the process, as in the kernel's own text.
 */
export function readPerfPrefix(
  bytes: Uint8Array,
  start: number,
  end: number,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  const limit = Math.min(end, start + PID_START_MAX);
  for (let at = start + 1; at < limit; at++) {
    if (bytes[at - 1] !== BYTE.blank || !isDigit(bytes[at])) continue;
    if (!readAfterComm(bytes, at, end, event, spans)) continue;
    event.contextKnown = 1;
    setComm(start, commEnd(bytes, start, at), spans);
    return true;
  }
  return false;
}

/** From the pid to the end of the event's name. */
function readAfterComm(bytes: Uint8Array, pos: number, end: number, event: TraceEvent, spans: LineSpans): boolean {
  const pidEnd = readPids(bytes, pos, end, event);
  if (pidEnd < 0) return false;
  const open = skipBlanks(bytes, pidEnd, end);
  if (open >= end || bytes[open] !== BYTE.openBracket) return false;
  const cpuEnd = readCpu(bytes, open + 1, end, event);
  if (cpuEnd < 0 || bytes[cpuEnd] !== BYTE.closeBracket) return false;
  const timeStart = skipBlanks(bytes, cpuEnd + 1, end);
  const timeEnd = readTime(bytes, timeStart, end, event, "cut");
  // perf's time always has a fraction: six digits or nine.
  if (timeEnd < timeStart + 8 || (bytes[timeEnd - 7] !== BYTE.dot && bytes[timeEnd - 10] !== BYTE.dot)) return false;
  return readPerfName(bytes, skipPeriod(bytes, skipBlanks(bytes, timeEnd + 1, end), end), end, spans);
}

/** `399`, or `399/401`: process and thread. */
function readPids(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): number {
  const firstEnd = skipDigits(bytes, pos, end);
  if (firstEnd - pos > PID_DIGITS_MAX || firstEnd >= end) return -1;
  event.tgid = -1;
  event.pid = decimal(bytes, pos, firstEnd);
  if (bytes[firstEnd] === BYTE.blank) return firstEnd;
  const second = firstEnd + 1;
  const secondEnd = skipDigits(bytes, second, end);
  if (bytes[firstEnd] !== BYTE.slash || secondEnd === second || secondEnd - second > PID_DIGITS_MAX) return -1;
  event.tgid = event.pid;
  event.pid = decimal(bytes, second, secondEnd);
  return secondEnd;
}

/** With `-F period` a number stands before the event. */
function skipPeriod(bytes: Uint8Array, pos: number, end: number): number {
  const digitsEnd = skipDigits(bytes, pos, end);
  return digitsEnd > pos && digitsEnd < end && bytes[digitsEnd] === BYTE.blank
    ? skipBlanks(bytes, digitsEnd, end)
    : pos;
}

/** `kmem:mm_page_alloc:`, without its group; an event without a group is taken whole. */
function readPerfName(bytes: Uint8Array, pos: number, end: number, spans: LineSpans): boolean {
  spans.nameStart = pos;
  if (startsWith(bytes, pos, end, RECORD)) {
    spans.nameEnd = pos;
    return true;
  }
  let at = skipName(bytes, pos, end);
  if (at === pos || at >= end || bytes[at] !== BYTE.colon) return false;
  spans.nameEnd = at;
  at = skipName(bytes, at + 1, end);
  if (at < end && at > spans.nameEnd + 1 && bytes[at] === BYTE.colon) {
    spans.nameStart = spans.nameEnd + 1;
    spans.nameEnd = at;
  }
  return true;
}

function skipName(bytes: Uint8Array, pos: number, end: number): number {
  let at = pos;
  while (at < end && (NAME_BYTES[bytes[at]] === 1 || bytes[at] === BYTE.minus)) at++;
  return at;
}

/** Without the blanks that separate a name from the pid. */
function commEnd(bytes: Uint8Array, start: number, pid: number): number {
  let at = pid;
  while (at > start && bytes[at - 1] === BYTE.blank) at--;
  return at;
}
