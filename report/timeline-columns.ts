import type { TimelineLine } from "./timeline-events.ts";

/** Widths in characters; two blanks stand between columns. */
export interface TimelineColumns {
  readonly numbers: number;
  readonly widths: readonly number[];
}

const GAP = 2;
/** `cpu0 mm0`. */
const IDLE_WIDTH = 8;

/**
 * Shares a line among the CPUs: one that does nothing gets room for its name, the others what their texts need, and where that
 * is too much the widest are cut first (their texts wrap).
 */
export function columnsFor(cpus: number, lines: readonly TimelineLine[], total: number): TimelineColumns {
  const numbers = Math.max(2, String(lines.length).length);
  const wanted = Array.from({ length: cpus }, (_, cpu) =>
    Math.max(IDLE_WIDTH, ...lines.filter((line) => line.cpu === cpu).map((line) => line.text.length)),
  );
  const room = total - numbers - cpus * GAP;
  return { numbers, widths: share(wanted, room) };
}

/** Lowers a common ceiling until the widths fit. */
function share(wanted: readonly number[], room: number): number[] {
  for (let ceiling = Math.max(...wanted); ceiling > IDLE_WIDTH; ceiling--) {
    const widths = wanted.map((width) => Math.min(width, ceiling));
    if (widths.reduce((sum, width) => sum + width, 0) <= room) return widths;
  }
  return wanted.map(() => IDLE_WIDTH);
}
