import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { broadcastShootdown } from "../../impl/asi/shootdown/broadcast.ts";
import { generationShootdown } from "../../impl/asi/shootdown/generations.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { asiCore } from "../../impl/asi/transitions/core.ts";
import { CORRECT_ASI } from "../../impl/asi/transitions/switches.ts";
import { vmallocAreas } from "../../impl/asi/vmalloc/vmalloc.ts";
import { asiProbe, asiProbeGenerations } from "../../impl/designs/asi-probe/design.ts";
import { type BatchVariant, makeBatchProbe } from "../../impl/designs/batch-probe/design.ts";
import { SHOOTDOWN_CANARIES } from "../../impl/designs/canaries/shootdowns.ts";
import { makeFlipProbe } from "../../impl/designs/flip-probe/design.ts";
import type { Design } from "../../model/design.ts";

function verify(design: Design, scope: string, stopAt?: string) {
  return verifyDesign(design, { scope: parseScope(scope), ...(stopAt === undefined ? {} : { stopAt: [stopAt] }) });
}

const flushing = asiCore({ transitions: "flush", switches: CORRECT_ASI });
const keeping = asiCore({ transitions: "generations", switches: CORRECT_ASI });

function probe(parts: Partial<BatchVariant>): Design {
  return makeBatchProbe({ id: "probe", title: "", summary: "", ...parts });
}

const everyClass = ipiShootdown({ everyClass: true });

/** Combinations that are correct, each in the worlds in which a canary departs from it by one switch. */
const CORRECT: readonly (readonly [string, Design, string, number])[] = [
  ["a batched flush by IPI", probe({}), "batch", 103_166],
  ["IPIs under transitions that flush", probe({ asi: flushing }), "batch-asi,calls=1+1", 5_693],
  ["broadcasts", probe({ asi: flushing, shootdown: broadcastShootdown() }), "batch-asi", 25_317],
  ["generations", probe({ asi: keeping, shootdown: generationShootdown() }), "generations", 4_044],
  ["generations on one CPU", probe({ asi: keeping, shootdown: generationShootdown() }), "one-cpu", 42_211],
  [
    "IPIs to every class under transitions that keep",
    probe({ asi: keeping, shootdown: everyClass }),
    "one-cpu",
    41_637,
  ],
  [
    "invalidate_other for a slot that is not loaded",
    probe({ asi: keeping, shootdown: everyClass }),
    "slot-behind",
    61_423,
  ],
  [
    "a flush that covers kernel areas",
    probe({ asi: keeping, shootdown: everyClass, vmalloc: vmallocAreas(everyClass) }),
    "aliases",
    83_648,
  ],
  [
    "a block's flip by broadcast",
    makeFlipProbe({ id: "probe", title: "", summary: "", shootdown: broadcastShootdown() }),
    "flip-asi",
    3_337,
  ],
  ["a page freed before reclaim's batch is flushed", asiProbe, "reclaim-batch", 21_437],
  ["the same under transitions by generations", asiProbeGenerations, "reclaim-batch", 23_445],
  ["what reclaim leaves pending", asiProbe, "reclaim-batches,calls=1+1+0", 24_618],
];

describe("a correct shootdown", () => {
  test.each(CORRECT)("%s keeps every claim, exhaustively, in its world", (_name, design, scope, states) => {
    const { evidence } = verify(design, scope);
    expect(Object.fromEntries([...evidence].filter(([, found]) => found.verdict !== "holds"))).toEqual({});
    expect([...evidence.values()][0]?.states).toBe(states);
  });
});

test("the dangers of S4, S23, S29 and L1 all occur where kernel areas are purged lazily", () => {
  const vmalloc = vmallocAreas(everyClass);
  const { evidence } = verify(probe({ asi: keeping, shootdown: everyClass, vmalloc }), "aliases,calls=3");
  expect(["S4", "S23", "S29", "L1"].map((claim) => evidence.get(claim)?.reached)).toEqual([true, true, true, true]);
});

/** Claim, events of its shortest counterexample, CPUs that take part. */
const CAUGHT: Readonly<Record<string, readonly [string, number, number]>> = {
  "canary-batch-lost-update": ["S3", 7, 2],
  "canary-batch-without-epochs": ["S8", 7, 2],
  "canary-flush-then-clear": ["S3", 5, 2],
  "canary-batch-under-lock": ["L1", 3, 2],
  "canary-broadcast-ends-early": ["S8", 5, 2],
  "canary-broadcast-without-sync": ["S3", 2, 2],
  "canary-broadcast-migrates": ["S3", 2, 2],
  "canary-skips-lazy-cpus": ["S3", 6, 2],
  "canary-forgets-other-slots": ["S3", 5, 1],
  "canary-flushes-loaded-pcid": ["S3", 5, 1],
  "canary-generation-before-clear": ["S8", 5, 2],
  "canary-skips-missed-generations": ["S8", 7, 2],
  "canary-ipi-unfenced": ["S6", 4, 2],
  "canary-gens-unfenced": ["S6", 5, 2],
  "canary-global-leaves": ["S4", 1, 1],
  "canary-forgets-aliases": ["S29", 5, 1],
  // The third CPU does nothing but hold the entry.
  "canary-trusts-clear-pte": ["S1", 3, 2],
  "canary-tlbbatch-lost-update": ["S1", 8, 3],
};

describe("canaries of shootdowns and aliases", () => {
  test.each(SHOOTDOWN_CANARIES.map((design) => [design.id, design] as const))(
    "%s is caught in its world",
    (id, design) => {
      const [claim = ""] = CAUGHT[id] ?? [design.breaks[0]?.claim];
      const found = verify(design, design.worlds?.[0] ?? "", claim).counterexamples.get(claim);
      const cpus = new Set(found?.steps.map(({ action }) => action.cpu));
      expect([claim, found?.events, cpus.size]).toEqual(CAUGHT[id]);
    },
  );
});
