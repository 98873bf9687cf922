import { describe, expect, test } from "vitest";
import { CpuSymmetry } from "../../harness/reductions/cpu-symmetry.ts";
import { permutedSteps } from "../../harness/reductions/permuted-steps.ts";
import { ALL_REDUCTIONS, NO_REDUCTIONS, type ReductionChoice } from "../../harness/reductions/plan.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { findDesign } from "../../index.ts";

const SYMMETRY: ReductionChoice = { symmetry: true, por: false };
const PARTIAL_ORDER: ReductionChoice = { symmetry: false, por: true };

type Report = ReturnType<typeof verifyDesign>;

function verify(id: string, scope: string, reductions: ReductionChoice): Report {
  return verifyDesign(findDesign(id), { scope: parseScope(scope), reductions });
}

function verdicts(report: Report): unknown[] {
  return [...report.evidence].map(([id, { verdict, depth, reached }]) => [
    id,
    verdict,
    verdict === "violated" ? depth : undefined,
    reached,
  ]);
}

describe("with reductions a search gives the verdicts that it gives without", () => {
  // States without reductions, with symmetry, with partial order, with both.
  test.each([
    ["async-free", "cpus=2,pages=8,calls=3+3", [805_055, 402_590, 561_461, 280_781]],
    ["async-free", "cpus=2,pages=4,calls=2+2,preempt=1,irq=1", [446_914, 223_495, 351_324, 175_700]],
    ["async-free", "cpus=3,pages=8,calls=1+1+1", [22_520, 3_888, 14_667, 2_532]],
    ["no-asi", "cpus=2,pages=4,calls=2+2,preempt=1,irq=1", [27_538, 13_799, 16_498, 8_279]],
    ["flip-probe", "cpus=2,pages=8,calls=3+3", [201_076, 100_615, 83_812, 41_969]],
    ["flip-probe", "cpus=3,pages=8,calls=1+1+1", [34_778, 6_033, 12_714, 2_252]],
    ["flip-probe", "flip", [72_188, 36_105, 50_648, 25_333]],
    ["flip-probe", "flip-spaces,calls=1+1", [26_410, 26_410, 24_406, 24_406]],
    ["asi-probe", "back-online", [10_462, 10_462, 10_462, 10_462]],
    ["asi-probe-generations", "coming-back", [62_398, 62_398, 55_048, 55_048]],
    ["batch-probe", "batch", [103_166, 103_166, 56_460, 56_460]],
    ["map-probe-split", "split", [113_210, 113_210, 102_733, 102_733]],
    ["map-probe-on-demand", "tables-lazy", [53_407, 53_407, 43_374, 43_374]],
    ["canary-free-before-flush", "cpus=3,pages=8,calls=1+1+1", [24_719, 4_259, 16_860, 2_903]],
    ["canary-forget-one-cpu", "cpus=3,pages=8,calls=1+1+1", [17_700, 17_700, 10_501, 10_501]],
    ["canary-no-zero", "cpus=2,pages=8,calls=2+2", [21_690, 10_860, 14_966, 7_495]],
    ["canary-lost-wakeup", "cpus=2,pages=8,calls=2+2", [21_872, 10_952, 15_112, 7_569]],
    ["canary-flush-under-lock", "cpus=2,pages=8,calls=2+2", [22_526, 11_278, 15_564, 7_794]],
    ["canary-remainder-before-flush", "flip,calls=1+1", [19_069, 9_540, 13_901, 6_955]],
    ["canary-lists-before-flush", "flip,calls=1+1", [19_737, 9_874, 14_633, 7_321]],
    ["canary-label-runs-ahead", "flip,calls=1+1", [14_357, 7_184, 12_231, 6_120]],
  ])("%s at %s", (id, scope, counts) => {
    const off = verify(id, scope, NO_REDUCTIONS);
    const reports = [SYMMETRY, PARTIAL_ORDER, ALL_REDUCTIONS].map((reductions) => verify(id, scope, reductions));
    for (const on of reports) expect(verdicts(on)).toEqual(verdicts(off));
    expect([off, ...reports].map(({ evidence }) => [...evidence.values()][0]?.states)).toEqual(counts);
  });
});

describe("the permuted-step test, in every state", () => {
  test.each([
    ["async-free", "cpus=2,pages=8,calls=2+2", 21_578],
    ["async-free", "cpus=2,pages=4,calls=1+1,preempt=1,irq=1,modes=1", 6_238],
    ["flip-probe", "cpus=2,pages=8,calls=2+2", 12_495],
    ["flip-probe", "flip,calls=1+1", 16_793],
    ["flip-probe", "cpus=3,pages=8,calls=1+1+1", 34_778],
  ])("passes for %s at %s", (id, text, states) => {
    const fresh = () => machineFor(findDesign(id), parseScope(text));
    const symmetry = CpuSymmetry.of(fresh());
    if (!(symmetry instanceof CpuSymmetry)) throw new Error(symmetry.refused);
    expect(permutedSteps(fresh, symmetry.permuters, 1_000_000)).toEqual({ states, complete: true });
  });
});
