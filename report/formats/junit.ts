import { exitName, exitOfClaim } from "../../harness/exit.ts";
import { plainText } from "../escape.ts";
import {
  type ClaimOutcome,
  claimOutcomes,
  type DesignOutcome,
  type FormatInput,
  gateOutcome,
} from "./claim-outcomes.ts";
import { failureStory } from "./failure-story.ts";

/**
 * Verdicts as JUnit XML, as test reporters of CI systems read it: one suite per design, one case per claim, the timeline in the
 * body of a failure.
 *
 * - **Shapes, units**: XML 1.0 in UTF-8. No times: they would differ between equal runs. Texts are made visible first, so that
 *   no character is left that XML does not have.
 */
export function junitText(input: FormatInput): string {
  const suites = claimOutcomes(input).map(suiteOf);
  if (input.policy.gated) suites.push(gateSuite(gateOutcome(input)));
  const counts = sum(suites);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="asilab ${attribute(input.verb)}" ${countsOf(counts)}>`,
    ...suites.flatMap(suiteLines),
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly skipped: number;
}

interface Suite extends Counts {
  readonly name: string;
  /** Ready to print. */
  readonly cases: readonly string[];
}

function suiteOf({ id, claims }: DesignOutcome): Suite {
  const of = (result: ClaimOutcome["result"]): number => claims.filter((claim) => claim.result === result).length;
  const cases = claims.map((claim) => caseOf(id, claim));
  return { name: id, tests: claims.length, failures: of("fail"), skipped: of("skip"), cases };
}

function caseOf(design: string, claim: ClaimOutcome): string {
  const { id, result, why } = claim;
  const head = `<testcase classname="${attribute(design)}" name="${attribute(id)}"`;
  switch (result) {
    case "pass":
      return `${head}/>`;
    case "skip":
      return `${head}><skipped message="${attribute(why)}"/></testcase>`;
    case "fail": {
      const { found } = claim;
      const message = found === undefined ? why : `${why}: ${found.run.witness}`;
      const body = [claim.statement, ...(found === undefined ? [] : failureStory(found))].filter((line) => line !== "");
      const type = exitName(exitOfClaim(id));
      return `${head}>${failure(message, type, body)}</testcase>`;
    }
  }
}

/** The suite's own expectations: what no single claim of a design can fail. */
function gateSuite(gate: readonly string[]): Suite {
  const head = '<testcase classname="asilab" name="expectations"';
  const only = gate.length === 0 ? `${head}/>` : `${head}>${failure(gate[0] ?? "", "expectation", gate)}</testcase>`;
  return { name: "expectations", tests: 1, failures: gate.length === 0 ? 0 : 1, skipped: 0, cases: [only] };
}

function failure(message: string, type: string, body: readonly string[]): string {
  const text = body.map((line) => escaped(line)).join("\n");
  return `<failure message="${attribute(message)}" type="${attribute(type)}">${text}</failure>`;
}

function suiteLines(suite: Suite): string[] {
  return [
    `  <testsuite name="${attribute(suite.name)}" ${countsOf(suite)}>`,
    ...suite.cases.map((text) => `    ${text}`),
    "  </testsuite>",
  ];
}

function countsOf({ tests, failures, skipped }: Counts): string {
  return `tests="${tests}" failures="${failures}" errors="0" skipped="${skipped}"`;
}

function sum(all: readonly Counts[]): Counts {
  const total = (of: (counts: Counts) => number): number => all.reduce((count, counts) => count + of(counts), 0);
  return { tests: total((c) => c.tests), failures: total((c) => c.failures), skipped: total((c) => c.skipped) };
}

function attribute(text: string): string {
  return escaped(text).replaceAll('"', "&quot;");
}

function escaped(text: string): string {
  return plainText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
