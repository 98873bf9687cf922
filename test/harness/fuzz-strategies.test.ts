import { describe, expect, test } from "vitest";

import { Explorer, type RangeReport } from "../../harness/fuzz/explorer.ts";
import { fuzz } from "../../harness/fuzz/fuzz.ts";
import type { Strategy } from "../../harness/fuzz/options.ts";
import { recordedCalls } from "../../harness/fuzz/recorded-calls.ts";
import { flipProbe } from "../../impl/designs/flip-probe/design.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";
import { PORTS } from "../../platform/ports.ts";

const SAMPLE = "samples/fork-60k.trace.gz";
const recorded = await recordedCalls(SAMPLE, PORTS.openBytes(SAMPLE), "6.12");

/** The first runs of a campaign, without shrinking. */
function firstRuns(design: Design, strategy: Strategy, runs: number): RangeReport {
  return new Explorer(design, { runs, steps: 300, seed: 1, strategy, recorded }).runRange(0, runs);
}

function designNamed(id: string): Design {
  const design = DESIGNS.find((known) => known.id === id);
  if (design === undefined) return expect.fail(`${id} is registered`);
  return design;
}

/** A correct flipper in random worlds only, where nothing enters or leaves an address space. */
const HOMELESS: Design = { ...flipProbe, worlds: [] };

describe("strategies find", () => {
  test.each([
    ["pct", "canary-label-before-acks", "S6"],
    ["swarm", "canary-curr-asi-late", "S21"],
    ["corner", "canary-forgets-aliases", "S29"],
    ["trace", "canary-keeps-partial-map", "S26"],
    ["target", "canary-broadcast-migrates", "S1"],
    ["mixed", "canary-slot-reused", "S18"],
  ] as const)("by %s %s, in the run that is pinned", (strategy, id, claim) => {
    const { found } = firstRuns(designNamed(id), strategy, 16);
    expect(found.find((finding) => finding.claim === claim)?.run).toBe(PINNED[strategy]);
  });
});

const PINNED: Readonly<Record<Exclude<Strategy, "uniform">, number>> = {
  pct: 0,
  swarm: 0,
  corner: 1,
  trace: 0,
  target: 2,
  mixed: 0,
};

test("pct reaches every danger of flip-probe in 28 runs, nine of them in worlds to which uniform runs never come", () => {
  const { reached, claims, found } = firstRuns(flipProbe, "pct", 28);
  expect(found).toEqual([]);
  const names = reached.map(([id]) => id).sort();
  expect(names).toEqual([...claims].sort());
  expect(names).toEqual(expect.arrayContaining(["L8", "REFINE-cpu", "S16b", "S18", "S19", "S20", "S21", "S22", "S4"]));
});

test("a design that has no worlds of its own is run in random ones by every strategy", () => {
  const { evidence } = fuzz(HOMELESS, { runs: 2, steps: 50, seed: 1, strategy: "swarm" });
  expect(evidence.get("S1")?.scope).toBe("random worlds of 1 to 4 CPUs and 8 to 4096 pages; by swarm");
});

test("a probe is run in its own worlds only, by uniform runs too", () => {
  const { evidence } = fuzz(designNamed("batch-probe-aliases"), { runs: 3, steps: 60, seed: 1 });
  expect(evidence.get("S29")?.scope).toBe("aliases");
});

test("a canary that goes on, broken, to a state that cannot be is caught before, and its run ends there", () => {
  const { found, runs } = firstRuns(designNamed("canary-counts-pcp-pages"), "pct", 32);
  expect(found.map(({ claim }) => claim)).toContain("S11");
  expect(runs).toBe(32);
});
