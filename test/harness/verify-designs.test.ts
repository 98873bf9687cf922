import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";

const SMALL_SCOPE = "cpus=2,pages=8,calls=2+2";
const PINNED_SCOPE = "cpus=2,pages=8,calls=3+3";

function design(id: string): Design {
  const found = DESIGNS.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no design ${id}`);
  return found;
}

function verify(id: string, scope: string, translations: "may-hold" | "explicit" = "may-hold") {
  return verifyDesign(design(id), { scope: { ...parseScope(scope), translations } });
}

function verdicts(report: ReturnType<typeof verify>): Record<string, string> {
  return Object.fromEntries([...report.evidence].map(([id, evidence]) => [id, evidence.verdict]));
}

function counts(report: ReturnType<typeof verify>): (number | undefined)[] {
  const first = [...report.evidence.values()][0];
  return [first?.states, first?.transitions];
}

describe("exhaustive search of the designs", () => {
  test("every claim of async-free holds at cpus=2,pages=8,calls=3+3, in 805,055 states", () => {
    const report = verify("async-free", PINNED_SCOPE);
    expect(counts(report)).toEqual([805_055, 1_579_150]);
    expect(new Set(Object.values(verdicts(report)))).toEqual(new Set(["holds"]));
    expect([...report.evidence.values()].every((evidence) => evidence.reached)).toBe(true);
  });

  test("the baseline no-asi keeps its structures at cpus=2,pages=8,calls=3+3, in 9,450 states", () => {
    const report = verify("no-asi", PINNED_SCOPE);
    expect(counts(report)).toEqual([9_450, 19_462]);
    expect(verdicts(report)).toEqual({ S17: "holds", S23: "holds", DEADLOCK: "holds" });
  });
});

describe("a scope without a second principal", () => {
  test("S1 of a design that maps secrets is called vacuous where one CPU runs their only owner", () => {
    const report = verify("canary-no-zero", "cpus=1,pages=8,calls=4");
    const { S1, S13 } = Object.fromEntries(report.evidence);
    expect([S1?.verdict, S1?.reached]).toEqual(["holds", false]);
    expect([S13?.verdict, S13?.reached]).toEqual(["violated", true]);
  });
});

describe("canaries", () => {
  // Those with worlds of their own are pinned beside the parts that they break.
  const canaries = DESIGNS.filter((candidate) => candidate.canary && candidate.worlds === undefined);

  test.each(canaries.map((candidate) => [candidate.id] as const))(
    "%s breaks exactly what it declares, within calls=2+2",
    (id) => {
      const broken = Object.entries(verdicts(verify(id, SMALL_SCOPE)))
        .filter(([, verdict]) => verdict === "violated")
        .map(([claim]) => claim);
      expect(new Set(broken)).toEqual(new Set(design(id).breaks.map((entry) => entry.claim)));
    },
  );

  test("the shortest counterexample of each has the pinned number of events and steps", () => {
    const shortest = canaries.map(({ id, breaks }) => {
      const found = verify(id, SMALL_SCOPE).counterexamples.get(breaks[0]?.claim ?? "");
      return [id, found?.claim, found?.events, found?.steps.length];
    });
    expect(shortest).toEqual([
      ["canary-free-before-flush", "S1", 5, 25],
      ["canary-forget-one-cpu", "S1", 4, 29],
      ["canary-no-zero", "S1", 3, 18],
      ["canary-lost-wakeup", "L4", 8, 37],
      ["canary-two-lists", "S17", 2, 13],
      ["canary-keeps-mapped", "S1", 3, 19],
      ["canary-flush-under-lock", "S23", 3, 17],
    ]);
  });
});

describe("the may-hold abstraction", () => {
  test.each(
    // The others are compared by test/deep/explicit-worlds.test.ts.
    [["async-free"], ["canary-forget-one-cpu"]] as const,
  )("%s gets the same verdicts from may-hold translations and from explicit fills and evictions", (id) => {
    expect(verdicts(verify(id, SMALL_SCOPE, "explicit"))).toEqual(verdicts(verify(id, SMALL_SCOPE)));
  });
});
