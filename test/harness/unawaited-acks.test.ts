import { expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { allOtherCpus, flushHandler, flushKernelRange } from "../../impl/asi/flush-kernel-range.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { CORRECT } from "../../impl/designs/async-free/switches.ts";
import { asyncFreeWorker } from "../../impl/designs/async-free/worker.ts";
import type { Design } from "../../model/design.ts";
import { defineProgram, type MicroStep } from "../../model/program.ts";

/** The commonest bug of all: IPIs are sent, and nobody waits for the answers. */
function withoutWaiting(): Design {
  const flush = flushKernelRange("flush_tlb_kernel_range", allOtherCpus);
  const steps = flush.steps.map((step): MicroStep => (step.label === "await_acks" ? goOn(step) : step));
  const hasty = defineProgram({ ...flush, steps });
  const workers = asyncFree.workers.map((worker) => ({ ...worker, program: asyncFreeWorker(hasty, CORRECT) }));
  return { ...asyncFree, id: "without-waiting", programs: [hasty, flushHandler], workers };
}

function goOn(step: MicroStep): MicroStep {
  return {
    ...step,
    run: (k, frame) => {
      k.endFlush();
      return frame.return(0);
    },
  };
}

test("a shootdown that does not wait for its acknowledgements leaks a secret, with a counterexample", () => {
  const report = verifyDesign(withoutWaiting(), { scope: parseScope("cpus=2,pages=8,calls=2+2") });
  const broken = [...report.evidence].filter(([, evidence]) => evidence.verdict === "violated").map(([claim]) => claim);
  expect(broken).toEqual(["S1", "S3", "S8", "S16a", "REFINE-page"]);
  expect(report.counterexamples.get("S1")?.events).toBeLessThanOrEqual(12);
});
