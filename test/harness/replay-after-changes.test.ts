import { describe, expect, it } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { replay } from "../../harness/replay.ts";
import { defineProgram } from "../../model/program.ts";
import { counterexampleOf, repaired, stored, tidied, withAnotherStep } from "./changed-designs.ts";

const CANARY = findDesign("canary-forget-one-cpu");
const RUNS = ["S1", "S3", "S8", "S16a", "REFINE-page"].map((claim) => stored(counterexampleOf(CANARY.id, claim)));

describe("a stored failure, after the code has changed", () => {
  it.each(RUNS.map((run) => [run.claim, run] as const))(
    "%s replays digest by digest when a step has been renamed with an alias and a column added",
    (_, run) => {
      const report = replay(run, { designs: [tidied(CANARY)] });
      expect(report).toMatchObject({ answer: "reproduced", stepsDone: run.steps.length, hashesCompared: false });
      expect(report.divergence).toBeUndefined();
      expect(report.run.witness).toBe(run.witness);
    },
  );

  it.each(RUNS.map((run) => [run.claim, run] as const))(
    "%s says where it diverged when the worker has a step more",
    (_, run) => {
      const report = replay(run, { designs: [withAnotherStep(CANARY)] });
      const at = run.steps.findIndex(({ action }) => action.step === "clear_leaf");
      const { cpu } = run.steps[at]?.action ?? { cpu: -1 };
      expect(report).toMatchObject({ answer: "diverged", stepsDone: at, divergence: { step: at + 1 } });
      expect(report.divergence?.expected).toBe(`cpu${cpu} asi_async_free/clear_leaf`);
      expect(report.divergence?.actual).toBe(
        `cpu${cpu} is at asi_async_free/account, not at asi_async_free/clear_leaf`,
      );
    },
  );

  it("says where it diverged when a step has been renamed without an alias", () => {
    const [run] = RUNS;
    if (run === undefined) throw new Error("there is a run");
    const workers = CANARY.workers.map((worker) => {
      const steps = worker.program.steps.map((step) =>
        step.label === "splice" ? { ...step, label: "take_queue" } : step,
      );
      return { ...worker, program: defineProgram({ ...worker.program, steps }) };
    });
    const report = replay(run, { designs: [{ ...CANARY, workers }] });
    expect(report).toMatchObject({ answer: "diverged", stepsDone: 13, divergence: { step: 14 } });
    expect(report.divergence?.actual).toBe("cpu1 is at asi_async_free/take_queue, not at asi_async_free/splice");
  });

  it("diverges, and violates nothing, when the design has been put right: at the first state of another history", () => {
    const [run] = RUNS;
    if (run === undefined) throw new Error("there is a run");
    const report = replay(run, { designs: [repaired(CANARY)] });
    expect(report).toMatchObject({ answer: "diverged", stepsDone: 17, divergence: { step: 17 } });
  });
});
