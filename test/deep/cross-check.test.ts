import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";
import type { TranslationModel } from "../../model/world.ts";

const SCOPE = parseScope("cpus=2,pages=8,calls=3+3");

function verdicts(design: Design, translations: TranslationModel, stopAt: readonly string[] = []) {
  const report = verifyDesign(design, { scope: { ...SCOPE, translations }, maxStates: 40_000_000, stopAt });
  const first = [...report.evidence.values()][0];
  return {
    counts: [first?.states, first?.transitions],
    verdicts: Object.fromEntries([...report.evidence].map(([id, evidence]) => [id, evidence.verdict])),
  };
}

describe("the may-hold abstraction at calls=3+3", () => {
  test("async-free gets the same verdicts from 805,055 states as from 13,908,194 with explicit fills and evictions", () => {
    const explicit = verdicts(asyncFree, "explicit");
    const mayHold = verdicts(asyncFree, "may-hold");
    expect(explicit.verdicts).toEqual(mayHold.verdicts);
    expect(mayHold.counts).toEqual([805_055, 1_579_150]);
    expect(explicit.counts).toEqual([13_908_194, 101_102_618]);
  });

  test.each(DESIGNS.filter((design) => design.canary).map((design) => [design.id, design] as const))(
    "%s breaks what it declares with either keeper",
    (_, design) => {
      const breaks = design.breaks.map((entry) => entry.claim);
      for (const keeper of ["explicit", "may-hold"] as const) {
        const found = verdicts(design, keeper, breaks).verdicts;
        expect(breaks.map((claim) => [claim, found[claim]])).toEqual(breaks.map((claim) => [claim, "violated"]));
      }
    },
  );
});

describe("three CPUs", () => {
  test("every claim of async-free holds at cpus=3,pages=8,calls=2+2+1, in 2,424,424 states", () => {
    const report = verifyDesign(asyncFree, { scope: parseScope("cpus=3,pages=8,calls=2+2+1") });
    const [first] = report.evidence.values();
    expect([first?.states, first?.transitions]).toEqual([2_424_424, 6_957_264]);
    expect(new Set([...report.evidence.values()].map((evidence) => evidence.verdict))).toEqual(new Set(["holds"]));
  });
});
