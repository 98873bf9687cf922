import { beforeAll, describe, expect, it } from "vitest";
import { Attempts } from "../../harness/attempts.ts";
import { counterexampleText, readCounterexample } from "../../harness/counterexample-file.ts";
import { findDesign } from "../../harness/find-design.ts";
import { machineForRun } from "../../harness/machine-for-run.ts";
import { replay } from "../../harness/replay.ts";
import { parseScope, printScope } from "../../harness/scope.ts";
import { type ShrinkReport, shrinkRun } from "../../harness/shrink/shrink-run.ts";
import { shrunk } from "../../harness/shrink/shrunk.ts";
import { verifyDesign } from "../../harness/verify.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { randomViolation } from "../../tools/random-violation.ts";

const LARGE = "cpus=4,pages=64,geometry=medium,mms=3,calls=1+1+1+1,preempt=1,irq=1,modes=1";
const LARGER = "cpus=3,pages=1024,geometry=x86-64,calls=1+1+1";

/** Canaries in worlds that nobody could read a counterexample in, and what is left of the first run that fails there. */
const CASES = [
  ["canary-two-lists", "S17", LARGE, 2, 13, "cpus=1,pages=4,geometry=small,mms=1,calls=2,setup=fresh"],
  ["canary-keeps-mapped", "REFINE-page", LARGER, 3, 19, "cpus=1,pages=4,geometry=small,mms=1,calls=3,setup=fresh"],
  ["canary-forget-one-cpu", "S8", LARGE, 3, 21, "cpus=2,pages=4,geometry=small,mms=1,calls=2+0,setup=fresh"],
  ["canary-no-zero", "S1", LARGE, 3, 18, "cpus=2,pages=4,geometry=small,mms=2,calls=3+0,setup=fresh"],
  ["canary-free-before-flush", "S1", LARGE, 4, 25, "cpus=2,pages=4,geometry=small,mms=2,calls=2+1,setup=fresh"],
  ["canary-flush-under-lock", "DEADLOCK", LARGER, 4, 24, "cpus=2,pages=4,geometry=small,mms=1,calls=2+1,setup=fresh"],
] as const;

function failing(design: string, claim: string, scope: string): Counterexample {
  const found = randomViolation(findDesign(design), parseScope(scope), claim, { runs: 50, steps: 2000, seed: 1 });
  if (found === undefined) throw new Error(`${design} violates ${claim} at random`);
  return found.run;
}

describe.each(CASES)("%s, %s: a random failing run", (design, claim, scope, events, steps, small) => {
  let run: Counterexample;
  let report: ShrinkReport;
  beforeAll(() => {
    run = failing(design, claim, scope);
    report = shrinkRun(run);
  });

  it(`comes down to ${events} lines and ${steps} steps, proven shortest`, () => {
    expect(run.steps.length).toBeGreaterThan(100);
    expect(report.after).toEqual({ events, steps, scope: small });
    expect(report.proven).toBe(true);
    expect(report.run.minimality).toBe("proven shortest in this scope");
  });

  it("never gets longer on the way", () => {
    const lengths = [run.steps.length, ...report.stages.map((stage) => stage.steps)];
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
  });

  it("replays from its file, digest by digest, to the same violation", () => {
    const stored = readCounterexample(counterexampleText(report.run), "small.itf.json");
    expect(replay(stored).answer).toBe("reproduced");
  });

  it("has as many steps as the search of all claims finds in that scope", () => {
    const found = verifyDesign(findDesign(design), { scope: parseScope(report.after.scope), stopAt: [claim] });
    expect(found.counterexamples.get(claim)?.steps.length).toBe(steps);
  });

  it("cannot be made smaller again", () => {
    const again = shrinkRun(report.run);
    expect({ ...again.run, engine: "" }).toEqual({ ...report.run, engine: "" });
    expect(again.run.engine).toBe("random, shrunk");
  });
});

describe("shrinking without a search", () => {
  it("leaves a run of which no single step can go, and calls it locally minimal", () => {
    const run = failing("canary-free-before-flush", "S1", LARGE);
    const { run: small, proven } = shrinkRun(run, { maxStates: 0 });
    const attempts = new Attempts(machineForRun(small), "S1");
    const actions = small.steps.map((step) => step.action);
    expect(attempts.named(actions).violated).toBe(true);
    const without = actions.map((_, at) => attempts.loose(actions.filter((_action, other) => other !== at)));
    expect(without.filter(({ violated, taken }) => violated && taken.length < actions.length)).toEqual([]);
    expect({ proven, minimality: small.minimality }).toEqual({ proven: false, minimality: "locally minimal" });
  });

  it("is done between two stages when it is told to stop, with a run that still violates", () => {
    let asked = 0;
    const report = shrinkRun(failing("canary-no-zero", "S1", LARGE), { shouldStop: () => ++asked > 1 });
    expect(report.stages.map(({ stage }) => stage)).toEqual(["schedule"]);
    expect(report.proven).toBe(false);
    expect(replay(report.run).answer).toBe("reproduced");
  });
});

describe("a scope is made smaller only as far as what happens in it still can", () => {
  it("keeps the pages that a named world's calls are about", () => {
    const { after, proven } = shrinkRun(failing("canary-cut-leaf", "S27", "direct-map"));
    expect({ ...after, proven }).toMatchObject({ steps: 18, events: 2, proven: true });
    expect(parseScope(after.scope)).toMatchObject({ world: "direct-map", pages: 8, calls: [2] });
  });

  it("prints a flag that a named world has and the small scope has not", () => {
    const scope = parseScope("flip-atomic,irq=0");
    expect(printScope(scope)).toContain("irq=0");
    expect(parseScope(printScope(scope))).toEqual(scope);
  });
});

describe("what violates nothing", () => {
  const run = failing("canary-no-zero", "S1", LARGE);
  const cut = { ...run, steps: run.steps.slice(0, 3) };

  it("is refused by name", () => {
    expect(() => shrinkRun(cut)).toThrowError(expect.objectContaining({ code: "NOT-VIOLATED" }));
  });

  it("is left as it is where engines shrink what they found", () => {
    expect(shrunk(cut)).toBe(cut);
    expect(shrunk(run).steps.length).toBe(18);
  });
});
