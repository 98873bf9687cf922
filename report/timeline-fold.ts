import { type FoldLine, inWords, type Part, type TimelineLine } from "./timeline-line.ts";

/** Longest pattern that is looked for, in lines, and the fewest repetitions that are worth a line of their own. */
const PERIOD_MAX = 8;
const TIMES_MIN = 3;

/**
 * Tells a pattern of lines that repeats at once only one time, with a count. Pages may differ from one repetition to the next:
 * they are then printed as `pfn *`. Lines that are fixed stay.
 *
 * - **Cost**: linear in the lines.
 */
export function fold(lines: readonly TimelineLine[]): (TimelineLine | FoldLine)[] {
  const keys = lines.map(keyOf);
  const told: (TimelineLine | FoldLine)[] = [];
  for (let at = 0; at < lines.length; ) {
    const { period, times } = longestFold(lines, keys, at);
    if (times < TIMES_MIN) {
      told.push(lines[at] as TimelineLine);
      at++;
      continue;
    }
    const pattern = lines.slice(at, at + period);
    const through = lines[at + period * times - 1]?.number ?? 0;
    told.push({ from: pattern[0]?.number ?? 0, through, times, lines: period });
    pattern.forEach((line, offset) => {
      const parts = repeats(lines, at + offset, period, times) ? line.parts : line.parts.map(withoutPages);
      told.push({ ...line, number: undefined, parts });
    });
    at += period * times;
  }
  return told;
}

/** The fold at this line that covers most lines; the shortest pattern of those. */
function longestFold(
  lines: readonly TimelineLine[],
  keys: readonly string[],
  at: number,
): { readonly period: number; readonly times: number } {
  let best = { period: 1, times: 1 };
  for (let period = 1; period <= PERIOD_MAX && !isFixed(lines[at + period - 1]); period++) {
    let end = at + period;
    while (end < lines.length && !isFixed(lines[end]) && keys[end] === keys[end - period]) end++;
    const times = Math.floor((end - at) / period);
    if (times >= TIMES_MIN && times * period > best.times * best.period) best = { period, times };
  }
  return best;
}

function isFixed(line: TimelineLine | undefined): boolean {
  return line === undefined || line.fixed || line.number === undefined;
}

/** The line says the same, pages included, in every repetition. */
function repeats(lines: readonly TimelineLine[], at: number, period: number, times: number): boolean {
  const first = textOf(lines[at]);
  return Array.from({ length: times }, (_, time) => textOf(lines[at + time * period])).every((text) => text === first);
}

function textOf(line: TimelineLine | undefined): string {
  return line === undefined ? "" : inWords(line.parts, ({ label, to }) => `${label} ${to}`);
}

function keyOf(line: TimelineLine): string {
  return `${line.cpu} ${line.mark} ${blank(textOf(line))}`;
}

function withoutPages(part: Part): Part {
  return typeof part === "string" ? blank(part) : part;
}

function blank(text: string): string {
  return text.replace(/pfn \d+(-\d+)?(, \d+(-\d+)?)*/g, "pfn *");
}
