import type { ClaimResult, DesignResult } from "../model/verdict.ts";
import type { Ink } from "./ink.ts";
import { verdictTable, verdictWords } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What a checking verb has to say beside its results. */
export interface VerdictReport {
  readonly results: readonly DesignResult[];
  readonly notes: readonly string[];
  readonly gate: readonly string[];
  /** Timelines, ready to print, after the table. */
  readonly stories: readonly (readonly string[])[];
  /** The sentence that ends the report. */
  readonly last: string;
  readonly words: boolean;
}

const WIDTH = 98;

/**
 * The report of `check`, `verify` and `fuzz`: the table, completeness in words, counterexamples, what is assumed, and a last
 * line that says what to believe.
 */
export function verdictText(report: VerdictReport, ink: Ink): string {
  const { results } = report;
  const lines = [
    ...(report.words ? verdictWords(results) : verdictTable(results, ink)),
    "",
    ...results.flatMap((result) => completeness(result)),
    ...files(results),
    ...report.stories.flatMap((story) => ["", ...story]),
    ...section("not as expected:", report.gate),
    ...section("notes:", report.notes),
    ...assuming(results),
    "",
    ink.bold(report.last),
  ];
  return `${lines.join("\n")}\n`;
}

/** How far each verdict of a design reaches; claims with the same words share a line. */
function completeness(result: DesignResult): string[] {
  const groups = new Map<string, string[]>();
  for (const claim of result.claims) {
    const words = wordsOf(claim);
    groups.set(words, [...(groups.get(words) ?? []), claim.id]);
  }
  return [...groups].flatMap(([words, ids]) => indented(`${result.id}  ${ids.join(" ")}: ${words}`));
}

function wordsOf(claim: ClaimResult): string {
  if (claim.verdict === "n/a") return `n/a (${claim.reason ?? "declared"})`;
  return `${claim.verdict}, ${claim.completeness}`;
}

function files(results: readonly DesignResult[]): string[] {
  const written = results.flatMap((result) =>
    result.claims
      .filter((claim) => claim.counterexample !== undefined)
      .map((claim) => `  ${result.id} ${claim.id}: ${claim.counterexample}`),
  );
  return written.length === 0 ? [] : ["", "counterexamples (npx asilab replay FILE):", ...written];
}

function section(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : ["", title, ...sentences.flatMap((sentence) => indented(`  ${sentence}`))];
}

function assuming(results: readonly DesignResult[]): string[] {
  const ids = [...new Set(results.flatMap((result) => result.assuming))];
  return ids.length === 0 ? [] : ["", ...indented(`assuming: ${ids.join(", ")} (docs/assumptions.md)`)];
}

function indented(text: string): string[] {
  const [first = "", ...rest] = wrap(text, WIDTH);
  return [first, ...rest.map((line) => `    ${line}`)];
}
