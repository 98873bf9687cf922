import { expect, test } from "vitest";
import { checkDesigns } from "../../harness/check.ts";
import { addToCorpus } from "../../harness/corpus/add.ts";
import { corpusEngine } from "../../harness/corpus/engine.ts";
import type { CorpusEntry, Expectation } from "../../harness/corpus/entry.ts";
import type { StoredEntry } from "../../harness/corpus/read.ts";
import { counterexampleText, readCounterexample } from "../../harness/counterexample-file.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { keepsMapped, noZero } from "../../impl/designs/canaries/canaries.ts";

/** The shortest run of canary-no-zero to S1, as `corpus add` keeps it. */
function entryOf(expectations: Readonly<Record<string, Expectation>>): StoredEntry {
  const { counterexamples } = verifyDesign(noZero, { scope: parseScope("calls=2+1"), stopAt: ["S1"] });
  const run = counterexamples.get("S1");
  if (run === undefined) throw new Error("canary-no-zero violates S1");
  const stored = readCounterexample(counterexampleText(run), "run.itf.json");
  const entry: CorpusEntry = { ...addToCorpus([], stored, "run.itf.json").entry, expectations };
  return { file: "S1.json", entry };
}

const BOTH = [entryOf({ "canary-no-zero": "violated", "async-free": "holds" })];

test("S1 canary-no-zero › a known failure is evidence against the design that has it", () => {
  const found = corpusEngine(BOTH, noZero);
  expect(found?.unmet).toEqual([]);
  expect(found?.report.evidence.get("S1")).toMatchObject({ engine: "corpus", verdict: "violated" });
});

test("S1 async-free › the same calls violate nothing under any schedule, and prove no more than that", () => {
  const found = corpusEngine(BOTH, asyncFree);
  expect(found?.unmet).toEqual([]);
  expect(found?.report.evidence.get("S1")).toMatchObject({
    verdict: "holds",
    completeness: "CORPUS: 1 known failure, not found again",
    reached: false,
  });
});

test("a canary that no entry names is not asked", () => {
  expect(corpusEngine(BOTH, keepsMapped)).toBeUndefined();
});

test("a design that is expected to hold and does not fails the check, and its run is reported", async () => {
  const found = corpusEngine([entryOf({ "canary-no-zero": "holds" })], noZero);
  expect(found?.unmet[0]).toMatch(/^S1\.json: canary-no-zero is violated .*, expected: holds$/);
  const reports = found === undefined ? [] : [found.report];
  const outcome = await checkDesigns(
    { designs: [noZero], suite: false },
    {
      specification: () => Promise.reject(new Error("a named design does not check the specification")),
      design: async () => ({ reports, nondeterminism: [], unmet: found?.unmet ?? [] }),
    },
  );
  expect(outcome.gate).toEqual([`corpus: ${found?.unmet[0]}`]);
  expect(outcome.counterexamples.map(({ claim, engine }) => [claim, engine])).toEqual([["S1", "corpus"]]);
});
