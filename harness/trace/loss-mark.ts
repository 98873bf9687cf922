import { ascii, BYTE, decimal, isDigit, skipBlanks, skipDigits, skipToken, startsWith } from "./bytes.ts";

/** What a line that announces a loss says of it. */
export const LOSS = { none: -1, uncounted: -2 } as const;

const CPU_MARK = ascii("CPU:");
const PERF_LOST = ascii("PERF_RECORD_LOST");

/**
 * `CPU:1 [LOST 146 EVENTS]`, `CPU:1 [LOST EVENTS]` of trace_pipe, `CPU:1 [146 EVENTS DROPPED]` of trace-cmd.
 *
 * Answers how many events, or one of `LOSS`: the line is no such mark, or tells no number.
 */
export function lossOfMark(bytes: Uint8Array, start: number, end: number): number {
  if (!startsWith(bytes, start, end, CPU_MARK) || bytes[end - 1] !== BYTE.closeBracket) return LOSS.none;
  const bracket = skipBlanks(bytes, skipDigits(bytes, start + CPU_MARK.length, end), end);
  if (bytes[bracket] !== BYTE.openBracket) return LOSS.none;
  let digits = bracket;
  while (digits < end && !isDigit(bytes[digits])) digits++;
  const digitsEnd = skipDigits(bytes, digits, end);
  return digitsEnd === digits ? LOSS.uncounted : decimal(bytes, digits, digitsEnd);
}

/** `PERF_RECORD_LOST lost 27`, a side record of perf that begins at `start`; answers as `lossOfMark`. */
export function lossOfPerfRecord(bytes: Uint8Array, start: number, end: number): number {
  if (!startsWith(bytes, start, end, PERF_LOST)) return LOSS.none;
  const word = skipBlanks(bytes, skipToken(bytes, start, end), end);
  const digits = skipBlanks(bytes, skipToken(bytes, word, end), end);
  const digitsEnd = skipDigits(bytes, digits, end);
  return digitsEnd === digits ? LOSS.uncounted : decimal(bytes, digits, digitsEnd);
}
