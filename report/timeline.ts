import { parseScope } from "../harness/scope.ts";
import type { Counterexample } from "../model/counterexample.ts";
import { CLAIMS } from "../properties/claims.ts";
import { idleWaits, indexIn } from "./step-effects.ts";
import { columnsFor, type TimelineColumns } from "./timeline-columns.ts";
import { eventLines, stepLines, type TimelineLine } from "./timeline-events.ts";
import { toAscii, wrap } from "./wrap.ts";

export interface TimelineOptions {
  /** Names of the list kinds of this design, in the machine's order. */
  readonly places: readonly string[];
  /** Where the file is, for the command that replays it; none when nothing was written. */
  readonly file?: string;
  /** One line per micro-step instead of one per event. */
  readonly steps?: boolean;
  readonly ascii?: boolean;
  /** False for a run that is told although it does not violate its claim. */
  readonly violated?: boolean;
}

/** Widest line, in characters. */
export const TIMELINE_WIDTH = 100;

/**
 * A counterexample as a story: one column per CPU, one line per event, at most 100 characters wide, plain text that survives
 * a mail.
 *
 * - **Shapes, units**: lines without line ends. Numbers count events (steps with `steps`); a line marked `~` is hardware that
 *   the run implies and nobody chose.
 */
export function timeline(run: Counterexample, options: TimelineOptions): string[] {
  const context = { places: options.places, pages: storyPages(run), idleWaits: idleWaits(run.steps) };
  const lines = options.steps === true ? stepLines(run, context) : eventLines(run, context);
  const scope = parseScope(run.scope);
  const columns = columnsFor(scope.cpus, lines, TIMELINE_WIDTH);
  const all = [
    ...header(run, options.violated !== false),
    "",
    ...grid(lines, columns, scope.mms),
    "",
    ...labelled("=>", run.witness),
    ...(options.file === undefined ? [] : [`replay: npx asilab replay ${options.file}`]),
  ];
  return all.map((line) => (options.ascii === true ? toAscii(line) : line).trimEnd());
}

/** The pages the witness names, or, if it names none, every page that was ever given out. */
function storyPages(run: Counterexample): ReadonlySet<number> {
  const named = [...run.witness.matchAll(/pfn (\d+)/g)].map((match) => Number(match[1]));
  if (named.length > 0) return new Set(named);
  const changes = run.steps.flatMap((step) => step.changes).filter((change) => change.column === "ledger.order");
  return new Set(changes.map((change) => indexIn(change, "pfn") ?? 0));
}

function header(run: Counterexample, violated: boolean): string[] {
  const statement = CLAIMS.find((claim) => claim.id === run.claim)?.statement ?? "";
  const found = run.seed === undefined ? run.engine : `${run.engine}, seed ${run.seed}`;
  return [
    ...labelled(`${run.claim} ${violated ? "violated by" : "and"} ${run.design}:`, statement),
    ...labelled("scope:", run.scope),
    ...labelled("length:", `${run.events} events, ${run.steps.length} steps; ${run.minimality} (${found})`),
  ];
}

/** A label and a text, wrapped under itself by two blanks. */
function labelled(label: string, text: string): string[] {
  const [first = "", ...rest] = wrap(`${label} ${text}`, TIMELINE_WIDTH - 2);
  return [first, ...rest.map((line) => `  ${line}`)];
}

function grid(lines: readonly TimelineLine[], columns: TimelineColumns, mms: number): string[] {
  const heads = columns.widths.map((width, cpu) => `cpu${cpu} mm${cpu % mms}`.slice(0, width));
  const top = row("", columns, heads);
  return [top, ...lines.flatMap((line) => lineRows(line, columns))];
}

function lineRows(line: TimelineLine, columns: TimelineColumns): string[] {
  const width = columns.widths[line.cpu] ?? 1;
  return wrap(line.text, width).map((text, index) => {
    const number = index > 0 ? "" : line.number === undefined ? "~" : String(line.number);
    const cells = columns.widths.map((_, cpu) => (cpu === line.cpu ? (index === 0 ? text : `  ${text}`) : "│"));
    return row(number, columns, cells);
  });
}

function row(number: string, columns: TimelineColumns, cells: readonly string[]): string {
  const padded = cells.map((cell, cpu) => cell.padEnd(columns.widths[cpu] ?? 0));
  return `${number.padStart(columns.numbers)}  ${padded.join("  ")}`;
}
