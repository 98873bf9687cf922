import { CanvasRow, numberCell } from "./timeline-canvas.ts";
import { type Arrow, type FoldLine, inWords, isFold, type TimelineLine } from "./timeline-line.ts";
import { wrap } from "./wrap.ts";

/** Where each CPU's column begins and how wide it is, in characters. */
interface TimelineColumns {
  readonly digits: number;
  readonly starts: readonly number[];
  readonly widths: readonly number[];
}

const GAP = 2;
/** `cpu0 mm0`. */
const IDLE_WIDTH = 8;
/** A column whose texts wrap below this width is a strip of syllables. */
const READABLE_WIDTH = 34;
/** Dashes that make an arrow one, beside its label and its head. */
const SHORTEST_SHAFT = 2;

/**
 * Shares a line among the CPUs: one that does nothing gets room for its name, the others what their texts need, and where that
 * is too much the widest are cut first (their texts wrap). Undefined where that leaves too little: the events then stand
 * beside the CPUs' lanes, not in them.
 */
export function columnsFor(
  cpus: number,
  lines: readonly (TimelineLine | FoldLine)[],
  digits: number,
  total: number,
): TimelineColumns | undefined {
  const wanted = Array.from({ length: cpus }, (_, cpu) =>
    Math.max(IDLE_WIDTH, ...lines.map((line) => wish(line, cpu))),
  );
  const widths = share(wanted, total - digits - cpus * GAP);
  if (widths.some((width, cpu) => width < READABLE_WIDTH && width < (wanted[cpu] ?? 0))) return undefined;
  const starts = widths.map(
    (_, cpu) => digits + GAP + widths.slice(0, cpu).reduce((sum, width) => sum + width + GAP, 0),
  );
  return { digits, starts, widths };
}

/** The lines in columns, one per CPU, with arrows between them. */
export function columnRows(lines: readonly (TimelineLine | FoldLine)[], columns: TimelineColumns): string[] {
  return lines
    .flatMap((line) => (isFold(line) ? [foldRow(line, columns.starts)] : lineRows(line, columns)))
    .map(String);
}

/** `5-36  × 16:`, over what is repeated. */
export function foldRow({ from, through, times }: FoldLine, lanes: readonly number[]): CanvasRow {
  const row = new CanvasRow();
  const text = `${from}-${through}  × ${times}:`;
  for (const lane of lanes) if (lane > text.length) row.put(lane, "│");
  row.put(0, text);
  return row;
}

function wish(line: TimelineLine | FoldLine, cpu: number): number {
  return isFold(line) || line.cpu !== cpu ? 0 : inWords(line.parts).length;
}

/** Lowers a common ceiling until the widths fit. */
function share(wanted: readonly number[], room: number): number[] {
  for (let ceiling = Math.max(...wanted); ceiling > IDLE_WIDTH; ceiling--) {
    const widths = wanted.map((width) => Math.min(width, ceiling));
    if (widths.reduce((sum, width) => sum + width, 0) <= room) return widths;
  }
  return wanted.map(() => IDLE_WIDTH);
}

/** Words up to an arrow, and the arrows that leave there. */
interface Segment {
  readonly words: string;
  readonly arrows: readonly Arrow[];
}

function lineRows(line: TimelineLine, columns: TimelineColumns): CanvasRow[] {
  const start = columns.starts[line.cpu] ?? 0;
  const width = columns.widths[line.cpu] ?? 1;
  const rows: CanvasRow[] = [];
  segmentsOf(line).forEach(({ words, arrows }, at) => {
    const texts = at === 0 ? wrap(words, width) : wrap(words, width - 2);
    for (const [index, text] of (words === "" ? [] : texts).entries()) {
      const row = emptyRow(columns, line.cpu);
      row.put(start + (at === 0 && index === 0 ? 0 : 2), text);
      rows.push(row);
    }
    for (const [index, arrow] of arrows.entries()) {
      const last = index === 0 && words !== "" ? (texts.at(-1) ?? "") : undefined;
      const indent = rows.length > 1 ? 2 : 0;
      drawArrow(rows, arrow, last === undefined ? undefined : last.length + indent, line.cpu, columns);
    }
  });
  rows[0]?.put(0, numberCell(line.number, line.mark, columns.digits));
  return rows;
}

/** In the row of the words after which it was sent, where there is room; else in one of its own, out of the CPU's lane. */
function drawArrow(
  rows: CanvasRow[],
  { label, to }: Arrow,
  textLength: number | undefined,
  cpu: number,
  { starts }: TimelineColumns,
): void {
  const start = starts[cpu] ?? 0;
  const target = starts[to] ?? 0;
  const behind = start + (textLength ?? 0) + 1;
  const last = rows.at(-1);
  const fits = target < start || target - 1 - behind >= label.length + SHORTEST_SHAFT;
  if (last !== undefined && textLength !== undefined && fits) {
    last.arrow(target < start ? start - 2 : behind, target, label, starts);
    return;
  }
  const row = emptyRow({ starts }, undefined);
  row.arrow(target < start ? start - 1 : start + 1, target, label, starts);
  rows.push(row);
}

function segmentsOf({ parts }: TimelineLine): Segment[] {
  const segments: { words: string; arrows: Arrow[] }[] = [];
  for (const part of parts) {
    const last = segments.at(-1);
    if (typeof part !== "string" && last !== undefined) last.arrows.push(part);
    else if (typeof part === "string") segments.push({ words: part, arrows: [] });
    else segments.push({ words: "", arrows: [part] });
  }
  return segments;
}

/** The lanes of all CPUs but the one whose words stand in this row. */
function emptyRow({ starts }: { readonly starts: readonly number[] }, cpu: number | undefined): CanvasRow {
  const row = new CanvasRow();
  starts.forEach((start, at) => {
    if (at !== cpu) row.put(start, "│");
  });
  return row;
}
