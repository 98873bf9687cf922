import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { asiProbe, asiProbeFullFlush, asiProbeGenerations } from "../../impl/designs/asi-probe/design.ts";
import type { Design } from "../../model/design.ts";

/** Each world with its states under transitions that flush and under generations. */
const WORLDS: readonly (readonly [string, number, number])[] = [
  ["transitions", 39_164, 59_375],
  ["faults", 18_721, 26_632],
  ["enter-again", 566, 639],
  ["two-mms", 1_567, 1_527],
  ["two-slots", 1_175, 1_175],
  ["three-mms", 13_582, 11_716],
  ["back-online", 10_462, 6_673],
  ["entering", 27_058, 27_439],
  ["user-slots", 3_657, 3_811],
  ["borrowed-mm", 411, 425],
  ["leaving-lazy", 35_955, 45_226],
];

const reached = new Set<string>();

function explore(design: Design, world: string): { states: number; whole: boolean; violated: string[] } {
  const evidence = [...verifyDesign(design, { scope: parseScope(world) }).evidence];
  for (const [claim, found] of evidence) if (found.reached === true) reached.add(claim);
  return {
    states: evidence[0]?.[1].states ?? 0,
    whole: evidence.every(([, found]) => found.completeness.startsWith("EXHAUSTIVE")),
    violated: evidence.filter(([, found]) => found.verdict !== "holds").map(([claim]) => claim),
  };
}

describe("the CPU's side of ASI", () => {
  test.each(WORLDS)("every claim holds of transitions that flush in all states of %s", (world, states) => {
    expect(explore(asiProbe, world)).toEqual({ states, whole: true, violated: [] });
  });

  test.each(WORLDS)("every claim holds of transitions by generations in all states of %s", (world, _, states) => {
    expect(explore(asiProbeGenerations, world)).toEqual({ states, whole: true, violated: [] });
  });

  test("a CPU that comes online starts afresh, though no generation told of the flushes it missed", () => {
    expect(explore(asiProbeFullFlush, "back-online")).toEqual({ states: 11_077, whole: true, violated: [] });
  });

  test("the danger that each claim is about occurs in some world", () => {
    const wanted = ["S1", "S3", "S8", "S18", "S19", "S21", "S22", "S28", "L8", "REFINE-cpu"];
    expect(wanted.filter((claim) => !reached.has(claim))).toEqual([]);
  });
});
