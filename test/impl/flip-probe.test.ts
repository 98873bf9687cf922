import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { mirrorBlock } from "../../impl/asi/physmap/mirror-block.ts";
import { splittingMirror } from "../../impl/asi/physmap/sized-physmap.ts";
import { broadcastShootdown } from "../../impl/asi/shootdown/broadcast.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { type FlipVariant, flipProbe, makeFlipProbe } from "../../impl/designs/flip-probe/design.ts";
import type { Design } from "../../model/design.ts";

function variant(parts: Partial<FlipVariant>): Design {
  return makeFlipProbe({ id: "flip-probe", title: "whole-block flips", summary: "A variant.", ...parts });
}

/** Explores a design whole; answers states, transitions, and the claims whose dangerous situation never occurred. */
function explored(design: Design, scope: string): readonly [number | undefined, number | undefined, string] {
  const { evidence } = verifyDesign(design, { scope: parseScope(scope) });
  const wrong = [...evidence].filter(([, { verdict }]) => verdict !== "holds").map(([id]) => id);
  expect(wrong).toEqual([]);
  const first = [...evidence.values()][0];
  const vacuous = [...evidence].filter(([, { reached }]) => reached === false).map(([id]) => id);
  return [first?.states, first?.transitions, vacuous.join(" ")];
}

describe("flip-probe keeps every claim", () => {
  test("from fresh memory, where flips go up, at cpus=2,pages=8,calls=2+2, in 12,495 states", () => {
    const [states, transitions] = explored(flipProbe, "cpus=2,pages=8,calls=2+2");
    expect([states, transitions]).toEqual([12_495, 23_572]);
  });

  test("from memory that is all mapped, where flips go down, in 72,188 states, with all but S13 at stake", () => {
    expect(explored(flipProbe, "flip")).toEqual([72_188, 145_398, "S13"]);
  });

  test("where all memory has held secrets: S13 is at stake, in 67 states", () => {
    const [states, transitions, vacuous] = explored(flipProbe, "flip-up");
    expect([states, transitions]).toEqual([67, 66]);
    expect(vacuous.split(" ")).not.toContain("S13");
  });

  test("with whole pageblocks of both kinds side by side, in 197 states", () => {
    expect(explored(flipProbe, "flip-blocks").slice(0, 2)).toEqual([197, 202]);
  });

  test("when an interrupt asks inside a critical section for memory that would have to be flipped, in 561 states", () => {
    expect(explored(flipProbe, "flip-atomic").slice(0, 2)).toEqual([561, 629]);
  });

  test("when an interrupt is served inside a critical section, so that S16b is at stake, in 2,468 states", () => {
    const [states, , vacuous] = explored(flipProbe, "flip-atomic,calls=3");
    expect([states, vacuous.split(" ").includes("S16b")]).toEqual([2_468, false]);
  });

  test("in all-mapped memory with one leaf per pageblock, in 21,230 states", () => {
    expect(explored(variant({ physmap: mirrorBlock() }), "flip").slice(0, 2)).toEqual([21_230, 40_240]);
  });
});

describe("flip-probe keeps every claim beside a CPU that enters and leaves a restricted address space", () => {
  const rows: readonly (readonly [string, string, Partial<FlipVariant>, string, number, number])[] = [
    ["4K", "by IPI", {}, "flip-spaces,calls=1+1", 26_410, 51_454],
    ["4K", "by broadcast", { shootdown: broadcastShootdown() }, "flip-spaces", 20_395, 42_575],
    ["4K", "by generations", { transitions: "generations" }, "flip-spaces,calls=1+1", 5_030, 9_262],
    [
      "4K",
      "by IPI, keeping entries across transitions",
      { transitions: "generations", shootdown: ipiShootdown() },
      "flip-spaces,calls=1+1",
      26_888,
      52_352,
    ],
    ["block", "by IPI", { physmap: mirrorBlock() }, "flip-leaves,calls=1+1", 10_858, 20_908],
    [
      "block",
      "by broadcast",
      { physmap: mirrorBlock(), shootdown: broadcastShootdown() },
      "flip-leaves,calls=1+1",
      2_070,
      4_086,
    ],
  ];

  test.each(rows)("with %s leaves and flushes %s", (_leaf, _how, parts, scope, states, transitions) => {
    expect(explored(variant(parts), scope).slice(0, 2)).toEqual([states, transitions]);
  });
});

describe("a map that can fail at every leaf", () => {
  const failing = variant({
    physmap: splittingMirror({ shootdown: ipiShootdown(), leaf: "4k", failAtLeaves: true }),
    notApplicable: {},
  });

  test("leaves every block as its label says (S26), whatever the position, in 978 states", () => {
    expect(explored(failing, "flip-tables,calls=3").slice(0, 2)).toEqual([978, 1_045]);
  });
});

describe("who may flip", () => {
  test("with IPIs an interrupt may not, and gets no memory of a kind that has run out", () => {
    const report = verifyDesign(flipProbe, { scope: parseScope("cpus=1,pages=8,calls=1,irq=1") });
    expect(report.evidence.get("S23")?.verdict).toBe("holds");
    expect(report.executed).toContain("__rmqueue_asi/take_lock");
  });

  test("by broadcast an interrupt may, under every rule of context", () => {
    const design = variant({ shootdown: broadcastShootdown() });
    const report = verifyDesign(design, { scope: parseScope("flip-spaces,calls=1+1,irq=1") });
    expect(new Set([...report.evidence.values()].map(({ verdict }) => verdict))).toEqual(new Set(["holds"]));
  });
});
