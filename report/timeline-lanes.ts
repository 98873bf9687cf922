import { CanvasRow, numberCell } from "./timeline-canvas.ts";
import { foldRow } from "./timeline-columns.ts";
import { type FoldLine, inWords, isFold, type TimelineLine } from "./timeline-line.ts";
import { wrap } from "./wrap.ts";

/** Characters from one lane to the next: an arrow with a label of three letters fits between. */
const PITCH = 8;
const MARGIN = 2;

/** Stands for the end of an arrow's words until they are wrapped. */
const ANCHOR = "\ue000";

/** Where the lanes of so many CPUs stand, behind a number of `digits`. */
export function lanesFor(cpus: number, digits: number): number[] {
  return Array.from({ length: cpus }, (_, cpu) => digits + MARGIN + cpu * PITCH);
}

/**
 * The compact form for more CPUs than fit as columns: a lane per CPU, `●` on the lane of the CPU that acts, what it does beside
 * the lanes.
 */
export function laneRows(
  lines: readonly (TimelineLine | FoldLine)[],
  lanes: readonly number[],
  digits: number,
  total: number,
): string[] {
  const at = (lanes.at(-1) ?? 0) + MARGIN + 1;
  return lines
    .flatMap((line) => (isFold(line) ? [foldRow(line, lanes)] : lineRows(line, lanes, digits, at, total - at)))
    .map(String);
}

function lineRows(
  line: TimelineLine,
  lanes: readonly number[],
  digits: number,
  at: number,
  width: number,
): CanvasRow[] {
  const anchors: { readonly to: number; readonly label: string }[] = [];
  const text = inWords(line.parts, (arrow) => {
    anchors.push(arrow);
    return ANCHOR;
  });
  const own = lanes[line.cpu] ?? 0;
  return wrap(text, width).map((words, index) => {
    const row = new CanvasRow();
    for (const lane of lanes) row.put(lane, "│");
    if (index === 0) {
      row.put(own, "●");
      row.put(0, numberCell(line.number, line.mark, digits));
    }
    const leaving = anchors.splice(0, words.split(ANCHOR).length - 1);
    // The farthest first: a nearer one ends on its shaft.
    for (const { to, label } of [...leaving].sort((a, b) => Math.abs(b.to - line.cpu) - Math.abs(a.to - line.cpu))) {
      const target = lanes[to] ?? 0;
      row.arrow(target < own ? own - 1 : own + 1, target, label, lanes);
    }
    row.put(at + (index === 0 ? 0 : 2), words.replaceAll(ANCHOR, ""));
    return row;
  });
}
