import type { RunSize, ShrinkReport } from "../harness/shrink/shrink-run.ts";
import type { Ink } from "./ink.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 80;
/** Before the scope: name, lines, steps. */
const INDENT = 26;

/** What shrinking did: a line for each stage, of its scope only what changed, then what to believe of the result. */
export function shrinkText(report: ShrinkReport, ink: Ink): string[] {
  const { before, stages } = report;
  const rows = [{ stage: "as read", ...before }, ...stages];
  return [
    ink.dim(`${"stage".padEnd(10)}${"lines".padStart(6)}${"steps".padStart(7)}   scope`),
    ...rows.flatMap((row, at) => rowLines(row, rows[at - 1])),
    "",
    ...wrap(believed(report), WIDTH),
  ];
}

function rowLines(row: RunSize & { readonly stage: string }, previous: RunSize | undefined): string[] {
  const head = `${row.stage.padEnd(10)}${String(row.events).padStart(6)}${String(row.steps).padStart(7)}   `;
  const told = previous === undefined ? row.scope.replaceAll(",", ", ") : changed(previous.scope, row.scope);
  return wrap(told, WIDTH - INDENT).map((line, at) => `${at === 0 ? head : " ".repeat(INDENT)}${line}`.trimEnd());
}

/** Parts of a scope that another does not have, and the names of those that are gone. */
function changed(from: string, to: string): string {
  const [before, after] = [from.split(","), to.split(",")];
  const fresh = after.filter((part) => !before.includes(part));
  const names = new Set(after.map(nameOf));
  const gone = before.map(nameOf).filter((name) => !names.has(name));
  return [...fresh, ...gone.map((name) => `no ${name}`)].join(", ");
}

function nameOf(part: string): string {
  return part.split("=", 1)[0] ?? part;
}

function believed({ before, after, proven, tried, run }: ShrinkReport): string {
  const sameRun = before.steps === after.steps && before.events === after.events;
  const size = !sameRun
    ? `from ${lines(before)} to ${lines(after)}, and ${run.claim} is still violated`
    : before.scope === after.scope
      ? `already as small as it gets: ${lines(after)}`
      : `still ${lines(after)}, in a smaller scope`;
  const why = proven
    ? "proven shortest in this scope: a search saw every shorter run"
    : "locally minimal: nothing that was tried makes it smaller, and no search saw every shorter run";
  return `${size}; ${why} (${tried.attempts} runs tried, ${tried.states} states searched).`;
}

function lines({ events, steps }: RunSize): string {
  return `${steps} ${steps === 1 ? "step" : "steps"} in ${events} ${events === 1 ? "line" : "lines"}`;
}
