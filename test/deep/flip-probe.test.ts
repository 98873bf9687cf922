import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { splittingMirror } from "../../impl/asi/physmap/sized-physmap.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { flipProbe, makeFlipProbe } from "../../impl/designs/flip-probe/design.ts";
import type { Design } from "../../model/design.ts";

function explored(design: Design, scope: string): readonly (number | string | undefined)[] {
  const { evidence } = verifyDesign(design, { scope: parseScope(scope) });
  const wrong = [...evidence].filter(([, { verdict }]) => verdict !== "holds").map(([id]) => id);
  const first = [...evidence.values()][0];
  return [first?.states, first?.transitions, wrong.join(" ")];
}

describe("flip-probe keeps every claim in larger worlds", () => {
  test("beside a CPU that enters, leaves and enters again, in 149,346 states", () => {
    expect(explored(flipProbe, "flip-spaces")).toEqual([149_346, 295_058, ""]);
  });

  test("where transitions keep entries and every flush is a full one, in 156,826 states", () => {
    const keeping = makeFlipProbe({
      id: "flip-probe",
      title: "whole-block flips",
      summary: "Transitions by generations, flushes by IPI to everybody.",
      transitions: "generations",
      shootdown: ipiShootdown(),
    });
    expect(explored(keeping, "flip-spaces")).toEqual([156_826, 309_777, ""]);
  });

  test("from fresh memory at calls=3+3, in 201,076 states", () => {
    expect(explored(flipProbe, "cpus=2,pages=8,calls=3+3")).toEqual([201_076, 397_322, ""]);
  });

  test("from all-mapped memory at calls=3+3, in 404,344 states", () => {
    expect(explored(flipProbe, "flip,calls=3+3")).toEqual([404_344, 818_590, ""]);
  });

  test("with two CPUs and a map that can fail at every leaf, in 106,397 states", () => {
    const failing = makeFlipProbe({
      id: "flip-probe",
      title: "whole-block flips",
      summary: "A map that can fail.",
      physmap: splittingMirror({ shootdown: ipiShootdown(), leaf: "4k", failAtLeaves: true }),
      notApplicable: {},
    });
    expect(explored(failing, "flip-tables,cpus=2,calls=1+1")).toEqual([106_397, 209_462, ""]);
  });
});
