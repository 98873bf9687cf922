import fc from "fast-check";
import { parse } from "junit2json";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { placeNames } from "../../../harness/machine-for-run.ts";
import type { Counterexample } from "../../../model/counterexample.ts";
import type { FormatInput } from "../../../report/formats/claim-outcomes.ts";
import { githubText } from "../../../report/formats/github.ts";
import { junitText } from "../../../report/formats/junit.ts";
import { ktapText } from "../../../report/formats/ktap.ts";
import { kunitText } from "../../../report/formats/kunit.ts";
import { mermaidText } from "../../../report/formats/mermaid.ts";
import { perfettoText } from "../../../report/formats/perfetto.ts";
import { sarifText } from "../../../report/formats/sarif.ts";
import { vitestText } from "../../../report/formats/vitest-test.ts";
import { hostileRun, hostileText } from "./hostile-run.ts";
import { readKtap } from "./read-ktap.ts";
import { sampleInput } from "./sample-outcome.ts";

const RUN_WRITERS: Readonly<Record<string, (run: Counterexample) => string>> = {
  kunit: kunitText,
  mermaid: (run) => mermaidText(run, { places: placeNames({ ...run, steps: [] }) }),
  perfetto: (run) => perfettoText(run),
  vitest: vitestText,
};
const REPORT_WRITERS: Readonly<Record<string, (input: FormatInput) => string>> = {
  github: githubText,
  junit: junitText,
  ktap: ktapText,
  sarif: sarifText,
};

/** What a terminal obeys, what turns the reading direction, and what is no character at all. */
const OBEYED = /[^\P{C}\n\t]|[\u2028\u2029]/u;

const OPTIONS = { seed: 11, numRuns: 20 };

/** A report of a hostile run, with hostile words wherever a report has words that it did not make. */
function hostileInput(): fc.Arbitrary<FormatInput> {
  const text = hostileText();
  return fc.tuple(hostileRun(), text, text, text).map(([run, reason, gate, file]) => {
    const input = sampleInput([run], { suite: true, gate: [gate] });
    const results = input.outcome.results.map((result) => ({
      ...result,
      claims: result.claims.map((claim) => ({ ...claim, completeness: reason, reason })),
    }));
    return { ...input, outcome: { ...input.outcome, results }, written: [{ run, file }], last: reason, verb: gate };
  });
}

describe("whatever a stranger's file says", () => {
  it.each(Object.keys(RUN_WRITERS))("%s writes nothing that a terminal obeys", (format) => {
    fc.assert(
      fc.property(hostileRun(), (run) => {
        expect(OBEYED.exec(RUN_WRITERS[format]?.(run) ?? "")).toBeNull();
      }),
      OPTIONS,
    );
  });

  it.each(Object.keys(REPORT_WRITERS))("%s writes nothing that a terminal obeys", (format) => {
    fc.assert(
      fc.property(hostileInput(), (input) => {
        expect(OBEYED.exec(REPORT_WRITERS[format]?.(input) ?? "")).toBeNull();
      }),
      OPTIONS,
    );
  });

  it("JSON formats read back to the very same text", () => {
    fc.assert(
      fc.property(hostileRun(), (run) => {
        const trace = JSON.parse(perfettoText(run)) as { otherData: { witness: string } };
        expect(trace.otherData.witness).toBe(run.witness);
        const log = JSON.parse(sarifText(sampleInput([run]))) as {
          runs: { results: { message: { text: string } }[] }[];
        };
        expect(log.runs[0]?.results[0]?.message.text).toBe(`${run.design}: ${run.witness} (violated)`);
      }),
      OPTIONS,
    );
  });

  it("KTAP has the same tests and results", () => {
    fc.assert(
      fc.property(hostileInput(), (input) => {
        const { tests, faults } = readKtap(ktapText(input));
        expect(faults).toEqual([]);
        expect(tests.map(({ result, tests: inner }) => [result, ...inner.map((test) => test.result)])).toEqual([
          ["ok", "ok", "skip", "skip", "ok"],
          ["not ok", "not ok", "ok"],
          ["not ok"],
        ]);
      }),
      OPTIONS,
    );
  });

  it("JUnit XML has the same cases and failures", async () => {
    await fc.assert(
      fc.asyncProperty(hostileInput(), async (input) => {
        expect(await parse(junitText(input))).toMatchObject({ tests: 7, failures: 2, testsuite: [{}, {}, {}] });
      }),
      OPTIONS,
    );
  });

  it("GitHub sees the same commands", () => {
    fc.assert(
      fc.property(hostileInput(), (input) => {
        const lines = githubText(input).split("\n");
        expect(lines.map((line) => /^::(\w+) title=[^:,]*::/.exec(line)?.[1])).toEqual([
          "error",
          "error",
          "notice",
          undefined,
        ]);
      }),
      OPTIONS,
    );
  });

  it("the vitest test has the same statements and no syntax error", () => {
    fc.assert(
      fc.property(hostileRun(), (run) => {
        const { diagnostics } = ts.transpileModule(vitestText(run), { reportDiagnostics: true });
        expect(diagnostics).toEqual([]);
        const source = ts.createSourceFile("x.ts", vitestText(run), ts.ScriptTarget.ES2023);
        expect(source.statements.map(({ kind }) => ts.SyntaxKind[kind])).toEqual([
          "ImportDeclaration",
          "ImportDeclaration",
          "ExpressionStatement",
        ]);
      }),
      OPTIONS,
    );
  });
});
