import { describe, expect, test } from "vitest";
import { NO_REDUCTIONS, type ReductionChoice } from "../../harness/reductions/plan.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { findDesign } from "../../index.ts";

const SYMMETRY: ReductionChoice = { symmetry: true, por: false };
const PARTIAL_ORDER: ReductionChoice = { symmetry: false, por: true };
const BOTH: ReductionChoice = { symmetry: true, por: true };

type Report = ReturnType<typeof verifyDesign>;

function verify(id: string, scope: string, reductions: ReductionChoice = NO_REDUCTIONS): Report {
  return verifyDesign(findDesign(id), { scope: parseScope(scope), reductions });
}

function states(report: Report): number | undefined {
  return [...report.evidence.values()][0]?.states;
}

/** Verdict of each claim, length of its counterexample, and whether its dangerous situation occurred. */
function verdicts(report: Report): unknown[] {
  return [...report.evidence].map(([id, { verdict, depth, reached }]) => [
    id,
    verdict,
    verdict === "violated" ? depth : undefined,
    reached,
  ]);
}

function words(report: Report): string {
  return [...report.evidence.values()].find(({ verdict }) => verdict === "holds")?.completeness ?? "";
}

function violated(report: Report): string {
  return [...report.evidence]
    .filter(([, { verdict }]) => verdict === "violated")
    .map(([id]) => id)
    .join(" ");
}

describe("with reductions a search gives the verdicts, and the lengths of counterexamples, that it gives without", () => {
  // States without reductions, with symmetry, with partial order, with both.
  test.each([
    ["no-asi", "cpus=2,pages=8,calls=2+2", "", [1_350, 683, 580, 296]],
    ["no-asi", "cpus=3,pages=8,calls=1+1+1", "", [2_870, 540, 864, 174]],
    ["async-free", "cpus=2,pages=8,calls=1+1", "", [491, 250, 319, 163]],
    ["async-free", "cpus=2,pages=4,calls=1+1,modes=1", "", [2_030, 1_024, 1_342, 678]],
    ["flip-probe", "cpus=2,pages=8,calls=1+1", "", [927, 470, 503, 257]],
    ["no-asi", "cpus=1,pages=16,calls=3,setup=drained", "", [20_914, 10_474, 20_914, 10_474]],
    ["canary-free-before-flush", "cpus=2,calls=2+1", "S1 S3 S8 S16a REFINE-page", [3_145, 3_145, 2_219, 2_219]],
    ["canary-forget-one-cpu", "cpus=2,calls=2+1", "S1 S3 S8 S16a REFINE-page", [2_616, 2_616, 1_734, 1_734]],
    ["canary-no-zero", "cpus=2,calls=2+1", "S1 S13 REFINE-page", [2_930, 2_930, 2_012, 2_012]],
    ["canary-two-lists", "cpus=2,calls=1+1", "S17", [460, 234, 288, 147]],
    ["canary-keeps-mapped", "cpus=2,calls=1+1", "S8", [460, 234, 288, 147]],
    ["canary-flush-under-lock", "cpus=2,calls=2+1", "S23 DEADLOCK", [3_046, 3_046, 2_092, 2_092]],
    [
      "canary-trusts-clear-leaves",
      "flip,calls=1+1",
      "S1 S3 S5 S6 S7 S11 S12 S16a REFINE-page",
      [1_808, 910, 1_268, 639],
    ],
    ["canary-flips-without-flush", "flip,calls=1+1", "S1 S3 S5 S6 S16a REFINE-page", [849, 430, 447, 228]],
    ["canary-counts-pcp-pages", "flip,calls=1+1", "S11 S17", [422, 218, 234, 123]],
    ["canary-batch-under-lock", "cpus=2,pages=4,calls=1+1", "S23", [477, 477, 303, 303]],
    ["canary-flush-then-clear", "cpus=2,pages=4,calls=1+1", "S8", [477, 477, 302, 302]],
    ["canary-borrows-unseen", "borrowed-mm", "S1", [197, 197, 184, 184]],
  ])("%s at %s: %s", (id, scope, broken, counts) => {
    const off = verify(id, scope);
    const reports = [SYMMETRY, PARTIAL_ORDER, BOTH].map((reductions) => verify(id, scope, reductions));
    for (const on of reports) expect(verdicts(on)).toEqual(verdicts(off));
    expect(violated(off)).toBe(broken);
    expect([off, ...reports].map(states)).toEqual(counts);
  });
});

describe("a counterexample of a reduced search", () => {
  const scope = "cpus=2,calls=2+2";

  test("is a run of the real machine, and proven shortest by a search with every step a step of its own", () => {
    const off = verify("canary-two-lists", scope).counterexamples.get("S17");
    const on = verify("canary-two-lists", scope, BOTH).counterexamples.get("S17");
    expect([on?.events, on?.steps.length, on?.minimality]).toEqual([2, 13, "proven shortest in this scope"]);
    expect(on?.witness).toBe(off?.witness);
    expect(on?.witness).not.toContain("is not violated");
  });

  test("is called locally minimal where that second search meets its limit", () => {
    const report = verifyDesign(findDesign("canary-flush-under-lock"), {
      scope: parseScope("cpus=2,calls=2+1"),
      reductions: PARTIAL_ORDER,
      maxStates: 2_092,
    });
    const told = [...report.counterexamples.values()].map(({ claim, minimality }) => [claim, minimality]);
    expect(told).toEqual([
      ["S23", "proven shortest in this scope"],
      ["DEADLOCK", "locally minimal"],
    ]);
    expect(report.evidence.get("DEADLOCK")?.completeness).toMatch(/^counterexample of \d+ steps, locally minimal/);
  });
});

describe("a verdict says what it was reduced by, what that leans on, and why something was not used", () => {
  test.each([
    ["no-asi", "cpus=2,calls=1+1", NO_REDUCTIONS, /setup=fresh$/],
    ["no-asi", "cpus=1,calls=2", BOTH, /setup=fresh$/],
    [
      "no-asi",
      "cpus=2,calls=1+1",
      BOTH,
      /, up to CPU symmetry and partial order \(lock sections fused\); SAMPLED for symmetry: steps have their mirror images in all 174 states of calls=1\+1, and in 1 of 32 states here$/,
    ],
    [
      "no-asi",
      "cpus=1,pages=16,calls=2,setup=drained",
      BOTH,
      /, up to pageblock symmetry; .* all 60 states of calls=1 /,
    ],
    ["no-asi", "cpus=2,pages=16,calls=1+1", BOTH, /; no pageblock symmetry: the largest blocks do not begin alike$/],
    ["no-asi", "cpus=2,calls=2+1", SYMMETRY, /; no CPU symmetry: no two CPUs begin alike: work\.quota/],
    ["no-asi", "cpus=3,mms=2,calls=1+1+1", SYMMETRY, /up to CPU symmetry;/],
    [
      "canary-forget-one-cpu",
      "cpus=3,pages=4,calls=1+1+1",
      SYMMETRY,
      /no CPU symmetry: flush_tlb_kernel_range\/describe on cpu1 has no counterpart after/,
    ],
    ["batch-probe", "cpus=2,pages=4,calls=1+1", SYMMETRY, /no CPU symmetry: worker on cpu0 has no counterpart/],
    ["asi-probe", "borrowed-mm", BOTH, /no two CPUs begin alike/],
  ])("%s at %s", (id, scope, reductions, said) => {
    expect(words(verify(id, scope, reductions))).toMatch(said);
  });
});

describe("a bound on preemptive switches", () => {
  test("leaves out schedules; states that differ in how often CPUs were switched count apart", () => {
    const scopes = [0, 1, 2, 3].map((most) => `cpus=2,pages=8,calls=1+1,switches=${most}`);
    const reports = scopes.map((scope) => verify("async-free", scope));
    expect(reports.map(states)).toEqual([145, 757, 1_435, 2_029]);
    expect(words(reports[1] as Report)).toMatch(/,switches=1, at most 1 preemptive switch$/);
  });

  test("finds a race only when it leaves room for the switches that the race takes", () => {
    const found = [0, 1, 2].map((most) => verify("canary-counts-pcp-pages", `flip,calls=1+1,switches=${most}`));
    const whole = verify("canary-counts-pcp-pages", "flip,calls=1+1");
    const lengths = [...found, whole].map(({ evidence }) =>
      ["S11", "S17"].map((id) => (evidence.get(id)?.verdict === "violated" ? evidence.get(id)?.depth : "holds")),
    );
    expect(lengths).toEqual([
      ["holds", "holds"],
      [22, "holds"],
      [15, 29],
      [15, 29],
    ]);
  });

  test("goes with symmetry, and does without partial order", () => {
    const report = verify("async-free", "cpus=2,pages=8,calls=1+1,switches=1", BOTH);
    expect(words(report)).toMatch(/at most 1 preemptive switch, up to CPU symmetry;.*; no partial order: switches/);
  });
});
