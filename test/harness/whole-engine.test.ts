import { describe, expect, test } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { wholeEngine } from "../../harness/whole-engine.ts";

const OPTIONS = { calls: 1_500, seed: 3 } as const;
/** Enough to fill the memory. */
const UNDER_PRESSURE = { calls: 6_000, seed: 1 } as const;

function violated(id: string): string[] {
  const { evidence } = wholeEngine(findDesign(id), OPTIONS);
  return [...evidence].filter(([, found]) => found.verdict === "violated").map(([claim]) => claim);
}

describe("mixed calls in the whole allocator", () => {
  test("violate no claim of the correct designs, by the rules of 6.1 and 6.12, and reach most dangerous situations", () => {
    for (const id of ["no-asi", "async-free"]) {
      const { evidence, executed, interrupted } = wholeEngine(findDesign(id), UNDER_PRESSURE);
      expect(interrupted).toBe(false);
      const holds = [...evidence.values()].every((found) => found.verdict === "holds");
      expect([id, holds]).toEqual([id, true]);
      for (const [claim, { reached }] of evidence)
        if (!["L4", "DEADLOCK"].includes(claim)) expect([id, claim, reached]).toEqual([id, claim, true]);
      // Reclaim and compaction were at work beneath the design.
      for (const step of ["shrink_node/", "compact_zone/"])
        expect([id, step, executed.some((name) => name.startsWith(step))]).toEqual([id, step, true]);
    }
  });

  test("find what the canaries break that one CPU at a time can break", () => {
    expect(violated("canary-no-zero")).toEqual(expect.arrayContaining(["S1", "S13"]));
    expect(violated("canary-keeps-mapped")).toEqual(expect.arrayContaining(["S1", "S2", "S8"]));
    expect(violated("canary-two-lists")).toContain("S17");
    expect(violated("canary-forget-one-cpu")).toEqual(expect.arrayContaining(["S1", "S3"]));
  });

  test("are the same for the same seed", () => {
    const [one, two] = [wholeEngine(findDesign("async-free"), OPTIONS), wholeEngine(findDesign("async-free"), OPTIONS)];
    expect([...one.evidence]).toEqual([...two.evidence]);
    expect(one.executed).toEqual(two.executed);
  });
});
