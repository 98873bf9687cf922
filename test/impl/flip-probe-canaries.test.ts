import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import * as canaries from "../../impl/designs/canaries/flips.ts";
import { flipProbe } from "../../impl/designs/flip-probe/design.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";

/** Each canary with the claim it is about, CPUs of its smallest world, and the shortest counterexample's events and steps. */
const CAUGHT: readonly (readonly [Design, string, number, number, number])[] = [
  [canaries.trustsClearLeaves, "S5", 2, 2, 22],
  [canaries.listsBeforeFlush, "S5", 2, 2, 21],
  [canaries.labelRunsAhead, "S6", 2, 1, 9],
  [canaries.remainderBeforeFlush, "S5", 2, 2, 21],
  [canaries.countsPcpPages, "S11", 2, 1, 9],
  [canaries.mergesAcross, "S9", 1, 2, 20],
  [canaries.reserveForgetsLabel, "S30", 1, 1, 20],
  [canaries.flipsWithoutFlush, "S3", 2, 1, 17],
  [canaries.keepsPartialMap, "S26", 1, 1, 18],
  [canaries.undoesWithoutFlush, "S6", 1, 2, 25],
  [canaries.mapsSecrets, "S13", 1, 1, 10],
  [canaries.zeroesTooLate, "S13", 1, 1, 10],
  [canaries.labelBeforeAcks, "S6", 2, 1, 14],
  [canaries.flipsUnderLock, "S23", 1, 1, 14],
  [canaries.handsOutBeforeAcks, "S5", 2, 1, 21],
  [canaries.countsBytes, "S3", 2, 7, 43],
  [canaries.fallsBackUnmapped, "S16b", 1, 2, 14],
];

function search(design: Design, scope: string): { violated: string[]; shortest: ReadonlyMap<string, Counterexample> } {
  const report = verifyDesign(design, { scope: parseScope(scope) });
  const violated = [...report.evidence].filter(([, { verdict }]) => verdict === "violated").map(([id]) => id);
  return { violated, shortest: report.counterexamples };
}

describe("a broken flip breaks what it declares and nothing else, and its smallest world shows the claim it is about", () => {
  test("every canary of flips is in the table", () => {
    expect(CAUGHT.map(([canary]) => canary)).toEqual(expect.arrayContaining([...canaries.FLIP_CANARIES]));
  });

  test.each(CAUGHT.map(([canary, ...rest]) => [canary.id, canary, ...rest] as const))(
    "%s",
    (_id, canary, claim, cpus, events, steps) => {
      const worlds = canary.worlds ?? [];
      const found = worlds.map((world) => search(canary, world));
      const declared = canary.breaks.map((entry) => entry.claim);
      const shortest = found[0]?.shortest.get(claim);
      expect([parseScope(worlds[0] ?? "").cpus, shortest?.events, shortest?.steps.length]).toEqual([
        cpus,
        events,
        steps,
      ]);
      expect(declared[0]).toBe(claim);
      expect([...new Set(found.flatMap(({ violated }) => violated))].sort()).toEqual([...declared].sort());
    },
  );
});

describe("the correct flip", () => {
  const worlds = [...new Set(CAUGHT.flatMap(([{ worlds: own = [] }]) => own))].filter(
    (world) => world !== "flip-spaces",
  );

  test.each(worlds.map((world) => [world] as const))("violates nothing where canaries are caught: %s", (world) => {
    expect(search(flipProbe, world).violated).toEqual([]);
  });
});
