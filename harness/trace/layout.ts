import { unreachable } from "../../model/failure.ts";
import { BYTE, hexDigit, isDigit, skipBlanks } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import type { FlagColumns } from "./header.ts";
import { readLatencyPrefix } from "./latency-prefix.ts";
import { readLinePrefix } from "./line-prefix.ts";
import { readPerfPrefix } from "./perf-prefix.ts";
import type { LineSpans } from "./prefix-parts.ts";

/**
 * The three ways in which tools lay out what stands before the fields: tracefs and trace-cmd by default, the latency
 * forms of both, and perf.
 */
export type Layout = "wide" | "narrow" | "perf";

/** In the order in which a line is tried while the file's layout is not known: the one hardest to imitate first. */
export const LAYOUTS: readonly Layout[] = ["perf", "wide", "narrow"];

/** Reads what stands before the fields, in that layout; answers as `readLinePrefix`. */
export function readPrefix(
  layout: Layout,
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: FlagColumns,
  event: TraceEvent,
  spans: LineSpans,
): boolean {
  switch (layout) {
    case "wide":
      return readLinePrefix(bytes, start, end, flags, event, spans);
    case "narrow":
      return readLatencyPrefix(bytes, start, end, flags, event, spans);
    case "perf":
      return readPerfPrefix(bytes, start, end, event, spans);
    default:
      return unreachable(layout);
  }
}

/**
 * What the time of a line just read by `readPrefix` counts: a clock of seconds prints a fraction, latency-format
 * `21945us!:`.
 */
export function clockOfLine(
  layout: Layout | undefined,
  bytes: Uint8Array,
  nameStart: number,
): "seconds" | "ticks" | "relative" {
  if (layout === "perf") return "seconds";
  let at = nameStart - 1;
  while (bytes[at] !== BYTE.colon) at--;
  // The `s` of `us`.
  if (bytes[at - 2] === 115) return "relative";
  at--;
  while (isDigit(bytes[at])) at--;
  return bytes[at] === BYTE.dot ? "seconds" : "ticks";
}

/**
 * ` => function` under an event with `options/stacktrace`, `=> function (address)` of trace-cmd, or the indented address of
 * perf's call graphs. Asked of lines that are no event: a task may be called `=>`, too.
 */
export function isStackLine(bytes: Uint8Array, start: number, end: number): boolean {
  const arrow = bytes[start] === BYTE.blank ? start + 1 : start;
  if (arrow + 2 < end && bytes[arrow] === BYTE.equals && bytes[arrow + 1] === BYTE.greater) return true;
  if (bytes[start] !== BYTE.tab) return false;
  const digit = skipBlanks(bytes, start + 1, end);
  return digit < end && hexDigit(bytes[digit]) >= 0;
}
