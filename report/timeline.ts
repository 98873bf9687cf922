import { parseScope } from "../harness/scope.ts";
import { SETUPS } from "../harness/setups.ts";
import type { Counterexample } from "../model/counterexample.ts";
import { CLAIMS } from "../properties/claims.ts";
import { plainText } from "./escape.ts";
import { columnRows, columnsFor } from "./timeline-columns.ts";
import { eventLines, stepLines } from "./timeline-events.ts";
import { fold } from "./timeline-fold.ts";
import { laneRows, lanesFor } from "./timeline-lanes.ts";
import { type FoldLine, isFold, type Part, type TimelineLine } from "./timeline-line.ts";
import { pendingLines, tellStory } from "./timeline-story.ts";
import { toAscii, wrap } from "./wrap.ts";

export interface TimelineOptions {
  /** Names of the list kinds of this design, in the machine's order. */
  readonly places: readonly string[];
  /** Where the file is, for the command that replays it; none when nothing was written. */
  readonly file?: string;
  /** One line per micro-step instead of one per event. */
  readonly steps?: boolean;
  readonly ascii?: boolean;
  /** Widest line, in characters; `TIMELINE_WIDTH` when absent. */
  readonly width?: number;
  /** False for a run that is told although it does not violate its claim. */
  readonly violated?: boolean;
}

/** A terminal's 80 columns, less the two that a mail's `> ` takes. */
const TIMELINE_WIDTH = 78;
const NARROWEST = 60;
/** Whatever neither a keyboard nor we write: letters of unknown width would push the columns apart. */
const FOREIGN = /[^ -~→←…–−×·]/gu;

/**
 * A counterexample as a story: one column per CPU, one line per event, arrows for what one CPU sends to another, plain text that
 * survives being quoted in a mail.
 *
 * Where the columns would be too narrow to read, the CPUs become lanes and the events stand beside them.
 *
 * - **Shapes, units**: lines without line ends, at most `width` characters each, but for a name of a file that is longer. Numbers
 *   count events (steps with `steps`). A line marked `~` is hardware that the run implies and nobody chose, `-` what is still
 *   under way at the end, `✗` where the claim is violated; `5-36 × 16:` stands over lines that repeat.
 * - **Errors**: `InputError` BAD-SCOPE for a scope that nobody can read. Names that came from a file are escaped.
 */
export function timeline(run: Counterexample, options: TimelineOptions): string[] {
  const width = Math.max(NARROWEST, options.width ?? TIMELINE_WIDTH);
  const sign = options.ascii === true ? toAscii : (text: string): string => text;
  const plain = (text: string): string => sign(plainText(text).replace(FOREIGN, toAscii));
  const labelled = (label: string, text: string): string[] => underLabel(plain(`${label} ${text}`), width);
  const all = [
    ...header(run, options.violated !== false).flatMap(([label, text]) => labelled(label, text)),
    "",
    ...grid(run, options, plain, width),
    "",
    ...labelled("=>", run.witness),
    ...(options.file === undefined ? [] : replayLines(plain(options.file), width)),
  ];
  return all.map((line) => sign(line).trimEnd());
}

function header(run: Counterexample, violated: boolean): [string, string][] {
  const statement = CLAIMS.find((claim) => claim.id === run.claim)?.statement ?? "";
  const found = run.seed === undefined ? run.engine : `${run.engine}, seed ${run.seed}`;
  const { name, purpose } = SETUPS.find((setup) => setup.name === parseScope(run.scope).setup) ?? {};
  const start: [string, string][] = name === undefined || name === "fresh" ? [] : [["start:", `${purpose} (${name})`]];
  return [
    [`${run.claim} ${violated ? "violated by" : "and"} ${run.design}:`, statement],
    ["scope:", run.scope],
    ...start,
    ["length:", `${count(run.events, "event")}, ${count(run.steps.length, "step")}; ${run.minimality} (${found})`],
  ];
}

/** The file stays one word, on a line of its own where it is long, behind what a shell takes for the same line. */
function replayLines(file: string, width: number): string[] {
  const line = `replay: npx asilab replay ${file}`;
  return line.length <= width ? [line] : ["replay: npx asilab replay \\", `  ${file}`];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** A label and its text, wrapped under themselves by two blanks. */
function underLabel(text: string, width: number): string[] {
  const [first = "", ...rest] = wrap(text, width);
  return [first, ...rest.map((line) => `  ${line}`)];
}

function grid(run: Counterexample, options: TimelineOptions, plain: (text: string) => string, width: number): string[] {
  const { cpus, mms } = parseScope(run.scope);
  const isViolated = options.violated !== false;
  const story = tellStory(run, { places: options.places, steps: options.steps === true, isViolated });
  const told = options.steps === true ? stepLines(story) : eventLines(story);
  const marked = isViolated ? markLast(told) : told;
  const lines = [...fold(marked), ...pendingLines(story)].map((line) => (isFold(line) ? line : inPlain(line, plain)));
  const digits = Math.max(2, String(told.length).length);
  const columns = columnsFor(cpus, lines, digits, width);
  const names = Array.from({ length: cpus }, (_, cpu) => [`cpu${cpu}`, `mm${cpu % mms}`] as const);
  if (columns === undefined) {
    const lanes = lanesFor(cpus, digits);
    const heads = [0, 1].map((part) =>
      headRow(
        lanes,
        names.map((name) => name[part] ?? ""),
      ),
    );
    return [...heads, ...laneRows(lines, lanes, digits, width)];
  }
  return [
    headRow(
      columns.starts,
      names.map((name) => name.join(" ")),
    ),
    ...columnRows(lines, columns),
  ];
}

function headRow(starts: readonly number[], heads: readonly string[]): string {
  return heads.reduce((row, head, cpu) => row.padEnd(starts[cpu] ?? 0) + head, "");
}

/** The violation shows at the last event. */
function markLast(lines: readonly TimelineLine[]): TimelineLine[] {
  const last = lines.findLastIndex((line) => line.number !== undefined);
  return lines.map((line, at) => (at === last ? { ...line, mark: "✗" } : line));
}

/** Words that came from a file are escaped before anything is measured or cut. */
function inPlain(line: TimelineLine, plain: (text: string) => string): TimelineLine | FoldLine {
  const inParts = (part: Part): Part => (typeof part === "string" ? plain(part) : part);
  return { ...line, parts: line.parts.map(inParts) };
}
