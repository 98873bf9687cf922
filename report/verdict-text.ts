import type { DesignResult } from "../model/verdict.ts";
import { completenessLines, hanging, notApplicableLines, violationLines } from "./completeness.ts";
import type { Ink } from "./ink.ts";
import { verdictTable, verdictWords } from "./table.ts";

/** What a checking verb has to say beside its results. */
export interface VerdictReport {
  readonly results: readonly DesignResult[];
  readonly notes: readonly string[];
  readonly gate: readonly string[];
  /** Where a second run differed from the first. */
  readonly nondeterminism?: readonly string[];
  /** What changes against another design, ready to print. */
  readonly changes?: readonly string[];
  /** Timelines, ready to print. */
  readonly stories: readonly (readonly string[])[];
  /** The sentence that ends the report. */
  readonly last: string;
  readonly words: boolean;
}

/**
 * The report of `check`, `verify`, `fuzz` and `trace replay`: the table, completeness in words, counterexamples, what is
 * assumed, and a last line that says what to believe.
 */
export function verdictText(report: VerdictReport, ink: Ink): string {
  const { results, changes = [], nondeterminism = [] } = report;
  const lines = [
    ...(report.words ? verdictWords(results) : verdictTable(results, ink)),
    "",
    ...completenessLines(results),
    ...notApplicableLines(results),
    ...section("violated (npx asilab replay FILE):", violationLines(results, results.length === 1)),
    ...report.stories.flatMap((story) => ["", ...story]),
    ...(changes.length === 0 ? [] : ["", ...changes]),
    ...section(
      "two runs, two answers (the design keeps state outside its columns):",
      nondeterminism.flatMap((sentence) => hanging(sentence, "  ")),
    ),
    ...section(
      "not as expected:",
      report.gate.flatMap((sentence) => hanging(sentence, "  ")),
    ),
    ...section(
      "notes:",
      folded(report.notes).flatMap((sentence) => hanging(sentence, "  ")),
    ),
    ...assuming(results),
    "",
    ink.bold(report.last),
  ];
  return `${lines.join("\n")}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

/** Dangers that did not occur, in one sentence: a search that was cut short may not have met any. */
function folded(notes: readonly string[]): string[] {
  const missed = notes.flatMap((note) => /^vacuous here: (\S+) did not occur$/.exec(note)?.[1] ?? []);
  if (missed.length < 2) return [...notes];
  const others = notes.filter((note) => !/^vacuous here: \S+ did not occur$/.test(note));
  return [`vacuous here: ${missed.join(", ")} did not occur`, ...others];
}

function assuming(results: readonly DesignResult[]): string[] {
  const ids = [...new Set(results.flatMap((result) => result.assuming))];
  return ids.length === 0 ? [] : ["", ...hanging(`assuming: ${ids.join(", ")} (docs/assumptions.md)`, "")];
}
