import { expect, test } from "vitest";
import { against } from "../../harness/against.ts";
import type { DesignResult, VerdictWord } from "../../model/verdict.ts";
import { againstLines } from "../../report/against-text.ts";

function result(id: string, verdicts: Readonly<Record<string, VerdictWord>>): DesignResult {
  const claims = Object.entries(verdicts).map(([claim, verdict]) => ({
    id: claim,
    verdict,
    completeness: verdict === "holds" ? "EXHAUSTIVE within scope cpus=2" : `${verdict} at 12 steps`,
    evidence: [],
  }));
  return { id, verdict: "holds", expected: "holds", assuming: [], claims };
}

const ONE = result("one", { S1: "violated", S3: "holds", S8: "violated", S17: "holds", L4: "unknown" });
const TWO = result("two", { S1: "holds", S3: "violated", S8: "holds", S17: "holds", L4: "unknown" });

test("what changes between two designs is told claim by claim, the worse first, equal changes together", () => {
  expect(againstLines(against(ONE, TWO))).toEqual([
    "one against two: 3 verdicts change",
    "  S1 S8: violated, where it holds there",
    "    now: violated at 12 steps",
    "    there: EXHAUSTIVE within scope cpus=2",
    "  S3: holds, where it is violated there",
    "    now: EXHAUSTIVE within scope cpus=2",
    "    there: violated at 12 steps",
    "  unknown for both: L4",
    "  holds for both: S17",
  ]);
});

test("a design against itself changes nothing", () => {
  expect(againstLines(against(ONE, ONE))[0]).toBe("one against one: no verdict changes");
});
