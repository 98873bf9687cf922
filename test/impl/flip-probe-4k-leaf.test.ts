import { expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { broadcastShootdown } from "../../impl/asi/shootdown/broadcast.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { type FlipVariant, flipProbe, makeFlipProbe } from "../../impl/designs/flip-probe/design.ts";
import type { Design } from "../../model/design.ts";

/** Where the unit of unmapping is at most the ceiling: every flush is a partial one. */
function variant(parts: Partial<FlipVariant>): Design {
  return makeFlipProbe({ id: "flip-probe", title: "whole-block flips", summary: "A variant.", ...parts });
}

const keeping = { transitions: "generations" } as const;

const CORRECT: readonly (readonly [string, Design, number, number])[] = [
  ["by IPI", flipProbe, 3_171, 7_016],
  ["by broadcast", variant({ shootdown: broadcastShootdown() }), 3_397, 2_248],
  ["by generations", variant(keeping), 3_306, 3_786],
  [
    "by IPI to every class's PCID, keeping entries across transitions",
    variant({ ...keeping, shootdown: ipiShootdown({ everyClass: true }) }),
    3_490,
    7_564,
  ],
];

test.each(CORRECT)("flips page by page keep every claim, flushed %s", (_how, design, alone, remote) => {
  const found = ["4k-leaf-slots", "4k-leaf-remote"].map((world) => {
    const evidence = [...verifyDesign(design, { scope: parseScope(world) }).evidence.values()];
    expect(new Set(evidence.map(({ verdict }) => verdict))).toEqual(new Set(["holds"]));
    expect(evidence.every(({ completeness }) => completeness.includes("geometry=4k-leaf"))).toBe(true);
    return evidence[0]?.states;
  });
  expect(found).toEqual([alone, remote]);
});

const WRONG: readonly (readonly [string, Design])[] = [
  ["the loaded PCID only", variant({ ...keeping, shootdown: ipiShootdown() })],
  [
    "all classes of the loaded slot, and no other slot",
    variant({ ...keeping, shootdown: ipiShootdown({ everyClass: true, forgetOtherSlots: true }) }),
  ],
];

test.each(WRONG)(
  "flushing %s lists a block as sensitive that one CPU alone reaches after 3 events",
  (_what, design) => {
    const { counterexamples } = verifyDesign(design, { scope: parseScope("4k-leaf-slots"), stopAt: ["S3"] });
    expect(counterexamples.get("S3")?.events).toBe(3);
  },
);

test("the same flushes are full ones in the small geometry, and hide the mistake", () => {
  for (const [, design] of WRONG) {
    const { evidence } = verifyDesign(design, { scope: parseScope("4k-leaf-slots,geometry=small") });
    expect(evidence.get("S3")?.verdict).toBe("holds");
  }
});
