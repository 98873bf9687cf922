import { describe, expect, test } from "vitest";

import { fuzz } from "../../harness/fuzz/fuzz.ts";
import type { FuzzResult } from "../../harness/fuzz/tally.ts";
import { resolveAction } from "../../harness/name-action.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import { observationDigest } from "../../model/digest.ts";
import { InputError } from "../../model/failure.ts";
import type { MenuEntry } from "../../model/machine.ts";

const BUDGET = { runs: 40, steps: 600, seed: 1 };

/** Those whose danger lies in a world of its own are found by search, there. */
const CANARIES = DESIGNS.filter(({ canary, worlds }) => canary && worlds === undefined).map(named);
const PROMISING = DESIGNS.filter(({ canary, probe }) => !canary && probe !== true).map(named);

function named(design: Design): readonly [string, Design] {
  return [design.id, design];
}

const known = new Map<Design, FuzzResult>();

/** The campaign with this file's budget, run once per design. */
function campaignOf(design: Design): FuzzResult {
  const result = known.get(design) ?? fuzz(design, BUDGET);
  known.set(design, result);
  return result;
}

function violated(design: Design): string[] {
  return [...campaignOf(design).evidence].filter(([, { verdict }]) => verdict === "violated").map(([id]) => id);
}

/** What the recorded calls ask for, as a menu. */
function menuOf({ steps }: Counterexample): MenuEntry[] {
  const orders = [...new Set([0, ...steps.map(({ action }) => action.order ?? 0)])];
  return orders.flatMap((order) => [
    { request: 0, order },
    { request: 1, order },
  ]);
}

describe.each(CANARIES)("%s", (_id, design) => {
  test("falls within 40 runs of 600 pairs in every claim that it declares, and in no other", () => {
    expect(violated(design).sort()).toEqual(design.breaks.map(({ claim }) => claim).sort());
  });

  test("leaves counterexamples that replay by name, digest by digest", () => {
    const { counterexamples } = campaignOf(design);
    expect(counterexamples.size).toBe(design.breaks.length);
    for (const [claim, found] of counterexamples) {
      expect([found.claim, found.engine, found.seed]).toEqual([claim, "fuzz, shrunk", 1]);
      expect(found.witness).not.toContain("is not violated");
      const machine = machineFor(design, parseScope(found.scope), menuOf(found));
      expect(observationDigest(machine.state)).toBe(found.initialDigest);
      for (const { action, digest } of found.steps) {
        const resolved = resolveAction(machine, action);
        expect(typeof resolved === "number" ? "possible" : `${claim}: ${resolved}`).toBe("possible");
        machine.clearStep();
        machine.perform(Number(resolved));
        expect(observationDigest(machine.state)).toBe(digest);
      }
    }
  });
});

describe.each(PROMISING)("%s", (_id, design) => {
  test("holds in 40 runs of 600 pairs, and every dangerous situation of those worlds occurs", () => {
    const result = fuzz(design, BUDGET);
    for (const [id, evidence] of result.evidence) {
      expect([id, evidence.verdict, evidence.reached]).toEqual([id, "holds", true]);
      expect(evidence.completeness).toBe("SAMPLED: no violation in 40 runs");
    }
    expect(result.steps).toBeGreaterThan(15_000);
  });
});

describe("a campaign", () => {
  const canary = CANARIES.find(([id]) => id === "canary-forget-one-cpu")?.[1] ?? asyncFree;

  test("gives the same result for the same seed, and another for another", () => {
    const [first, again, other] = [1, 1, 2].map((seed) => fuzz(canary, { runs: 8, steps: 400, seed }));
    expect(again).toEqual(first);
    expect(other?.steps).not.toBe(first?.steps);
  });

  test("finds S1 of canary-forget-one-cpu in 4 events on 2 CPUs and 4 pages, proven shortest there", () => {
    const found = campaignOf(canary).counterexamples.get("S1");
    expect(found?.scope).toMatch(/^cpus=2,pages=4,/);
    expect([found?.events, found?.minimality]).toEqual([4, "proven shortest in this scope"]);
  });

  test("repeats a violation, and only it, from the path it printed", () => {
    const first = campaignOf(canary);
    const repeat = first.repeats.get("S1");
    expect(repeat?.command).toBe(`asilab fuzz canary-forget-one-cpu --steps 600 --seed 1 --path ${repeat?.path}`);
    const again = fuzz(canary, { ...BUDGET, path: repeat?.path ?? "" });
    expect(again.runs).toBe(1);
    expect(again.repeats.get("S1")).toEqual(repeat);
    expect(again.counterexamples.get("S1")).toEqual(first.counterexamples.get("S1"));
  });

  test("refuses a path that leads nowhere", () => {
    for (const path of ["", "x", "1:", "0:0:0:0:9999999"]) {
      expect(() => fuzz(canary, { ...BUDGET, path })).toThrow(InputError);
    }
  });

  test("keeps to the world it is given, whatever its calls, and shrinks what it finds into a smaller one", () => {
    const scope = parseScope("cpus=2,pages=8,calls=1+1");
    const { evidence, counterexamples, repeats } = fuzz(canary, { ...BUDGET, scope });
    expect(evidence.get("S1")?.scope).toBe("cpus=2,pages=8,geometry=small,mms=2,calls=1+1,setup=fresh");
    expect(counterexamples.get("S1")?.scope).toMatch(/^cpus=2,pages=4,geometry=small,mms=2,/);
    expect(repeats.get("S1")?.command).toContain(" --scope cpus=2,pages=8,geometry=small,");
  });

  test("that makes no run knows nothing", () => {
    const { evidence, runs, steps } = fuzz(asyncFree, { ...BUDGET, runs: 0 });
    expect([runs, steps]).toEqual([0, 0]);
    expect([...evidence.values()].every(({ verdict }) => verdict === "unknown")).toBe(true);
  });

  test("stops between two runs when it is told to, and says so", () => {
    let asked = 0;
    const result = fuzz(asyncFree, { ...BUDGET, shouldStop: () => ++asked === 3 });
    expect([result.runs, result.interrupted]).toEqual([3, true]);
  });
});
