import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { CORRECT } from "../../impl/designs/async-free/switches.ts";
import { asyncFreeWorker } from "../../impl/designs/async-free/worker.ts";
import type { Design } from "../../model/design.ts";
import { defineProgram, type MicroStep, type Program } from "../../model/program.ts";

const correct = ipiShootdown();

/** async-free with another flush. */
function variant(id: string, flush: Program): Design {
  const program = asyncFreeWorker(flush, CORRECT);
  const workers = asyncFree.workers.map((worker) => ({ ...worker, program }));
  return {
    ...asyncFree,
    id,
    programs: correct.programs.map((known) => (known === correct.flush ? flush : known)),
    workers,
  };
}

function flushWith(change: (step: MicroStep) => MicroStep): Program {
  return defineProgram({ ...correct.flush, steps: correct.flush.steps.map(change) });
}

const goOn: MicroStep["run"] = (k, frame) => {
  k.endFlush();
  return frame.return(0);
};

/** The commonest bug of all: IPIs are sent, and nobody waits for the answers. */
const withoutWaiting = variant(
  "without-waiting",
  flushWith((step) => (step.label === "await_acks" ? { ...step, run: goOn } : step)),
);

function broken(design: Design): { claims: string[]; events: number } {
  const report = verifyDesign(design, { scope: parseScope("cpus=2,pages=8,calls=2+2") });
  const claims = [...report.evidence].filter(([, found]) => found.verdict === "violated").map(([claim]) => claim);
  return { claims, events: report.counterexamples.get(claims.at(-1) ?? "")?.events ?? 0 };
}

describe("a shootdown", () => {
  test("that does not wait for its acknowledgements leaks a secret", () => {
    const { claims, events } = broken(withoutWaiting);
    expect(claims).toEqual(["S1", "S3", "S8", "S16a", "REFINE-page"]);
    expect(events).toBeLessThanOrEqual(12);
  });
});
