import type { CorpusCell, CorpusReport, CorpusRow } from "../harness/corpus/run.ts";
import { printable } from "../harness/trace/stranger-text.ts";
import type { Ink } from "./ink.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 80;
const VERDICT = 10;
const NAME = 26;

/** What a corpus found: each failure with the designs that have it, and what was not as expected. */
export function corpusText({ rows, unmet }: CorpusReport, last: string, ink: Ink): string {
  const blocks = rows.map((row) => rowLines(row, ink).join("\n"));
  const gate = unmet.map((sentence) => ink.red(hanging(`not as expected: ${printable(sentence)}`, 2)));
  return `${[...blocks, ...(gate.length === 0 ? [] : [gate.join("\n")]), last].join("\n\n")}\n`;
}

/** A text of several lines, those after the first indented. */
export function hanging(text: string, indent: number): string {
  return wrap(text, WIDTH - indent).join(`\n${" ".repeat(indent)}`);
}

function rowLines({ file, claim, scope, cells }: CorpusRow, ink: Ink): string[] {
  const head = [printable(file), `  ${hanging(`${claim} in ${printable(scope)}`, 4)}`];
  const run = cells.filter((cell) => cell.how !== "not run" || isSurprise(cell));
  const silent = cells.filter((cell) => !run.includes(cell));
  return [...head, ...run.map((cell) => cellLine(cell, ink)), ...silentLines(silent)];
}

function cellLine(cell: CorpusCell, ink: Ink): string {
  const { verdict, design, completeness } = cell;
  const paint = isSurprise(cell) ? ink.red : verdict === "holds" ? ink.green : (text: string) => text;
  const indent = 2 + VERDICT + NAME;
  const told = wrap(`${standing(cell)}${completeness}`, WIDTH - indent).join(`\n${" ".repeat(indent + 2)}`);
  return `  ${paint(verdict.padEnd(VERDICT))}${design.padEnd(NAME - 1)} ${told}`;
}

/** Designs of which nothing could be run, by reason. */
function silentLines(cells: readonly CorpusCell[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { completeness, design } of cells) {
    byReason.set(completeness, [...(byReason.get(completeness) ?? []), design]);
  }
  return [...byReason].map(
    ([reason, designs]) => `  ${"n/a".padEnd(VERDICT)}${hanging(`${designs.join(", ")}: ${reason}`, 12)}`,
  );
}

function standing(cell: CorpusCell): string {
  if (!isSurprise(cell)) return cell.verdict === "violated" ? "as expected: " : "";
  return cell.expected === undefined ? "NOT EXPECTED: " : `EXPECTED ${cell.expected}: `;
}

function isSurprise({ verdict, expected }: CorpusCell): boolean {
  if (expected === undefined) return verdict === "violated";
  return verdict !== expected && verdict !== "unknown";
}
