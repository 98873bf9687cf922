import { BYTE, decimal, skipBlanks, skipDigits, skipToken } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import type { FlagColumns } from "./header.ts";
import type { LineSpans } from "./prefix-parts.ts";
import { readCpu, readFlags, readName, readPid, readTime, setComm } from "./prefix-parts.ts";

const COMM_WIDTH = 8;
const LOWER_S = 115;
const LOWER_U = 117;

/**
 * Reads the narrow form: the kernel's `options/latency-format`, and `trace-cmd report -l`.
 *
 *     COMM-PID CPUFLAGS MICROSus!: NAME:             kernel; the delay mark may be a blank
 *     COMM-PID CPUFLAGS SECONDS.MICROS: NAME:        trace-cmd, and ticks without a dot
 *
 * The task's name is cut to eight characters. Answers as `readLinePrefix`.
 */
export function readLatencyPrefix(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: FlagColumns,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  const dash = start + COMM_WIDTH;
  const pidEnd = readPid(bytes, dash, end, event);
  if (pidEnd < 0) return false;
  const cpuEnd = readCpu(bytes, skipBlanks(bytes, pidEnd, end), end, event);
  if (cpuEnd < 0) return false;
  const flagsEnd = skipToken(bytes, cpuEnd, end);
  event.flagsKnown = 0;
  if (flagsEnd > cpuEnd && !readFlags(bytes, cpuEnd, flagsEnd, flags, event)) return false;
  const colon = readLatencyTime(bytes, skipBlanks(bytes, flagsEnd, end), end, event);
  if (colon < 0 || !readName(bytes, colon, end, spans)) return false;
  event.contextKnown = 1;
  setComm(start, dash, spans);
  return true;
}

/** `21945us!:`, `21945us :` or the time of the other forms. Answers the index of the colon, or -1. */
function readLatencyTime(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): number {
  const digitsEnd = skipDigits(bytes, pos, end);
  if (digitsEnd === pos) return -1;
  if (digitsEnd + 3 >= end || bytes[digitsEnd] !== LOWER_U) return readTime(bytes, pos, end, event);
  if (bytes[digitsEnd + 1] !== LOWER_S || bytes[digitsEnd + 3] !== BYTE.colon) return -1;
  event.micros = decimal(bytes, pos, digitsEnd);
  return digitsEnd + 3;
}
