import { expect, test } from "vitest";

import { type Job, type JobAnswers, type JobControl, runJob } from "../../cli/job.ts";
import { invoke } from "./invoke.ts";

const STILL: JobControl = { onProgress: () => {}, shouldStop: () => false };

/** Parts that run here, on copies of what threads would be sent. */
const PARTS: JobControl = {
  ...STILL,
  runPart: async <K extends keyof JobAnswers>(part: Job<K>) =>
    structuredClone(await runJob(structuredClone(part), STILL)),
};

test.each(["uniform", "target"] as const)(
  "a campaign by %s answers the same in 1, 2 and 3 threads",
  async (strategy) => {
    const request = { design: "async-free", runs: 40, steps: 60, seed: 3, strategy, scope: "cpus=2,pages=8" };
    const alone = await runJob({ kind: "fuzz", request }, STILL);
    for (const pieces of [8, 12]) {
      expect(await runJob({ kind: "fuzz", request: { ...request, pieces } }, PARTS)).toEqual(alone);
    }
  },
);

test("fuzz lists the corner workloads that it did not run, with the reason", async () => {
  const told = await invoke(["fuzz", "async-free", "--strategy", "corner", "--runs", "8", "--steps", "30"]);
  expect(told.code).toBe(0);
  expect(told.out.replace(/\s+/g, " ")).toContain("corner workloads, and runs of each: W1 1, W2 1, W3 1, W4 1");
  expect(told.out.replace(/\s+/g, " ")).toContain("not run: W11 (a CPU goes offline");
});

test("fuzz says when each danger first occurred in a directed campaign", async () => {
  const told = await invoke(["fuzz", "no-asi", "--strategy", "target", "--runs", "4", "--steps", "60"]);
  expect(told.out.replace(/\s+/g, " ")).toMatch(/the run in which each danger first occurred: \S+ \d/);
});

test("fuzz refuses a strategy that it does not have, and names the nearest", async () => {
  const told = await invoke(["fuzz", "async-free", "--strategy", "swarn"]);
  expect(told.code).toBe(2);
  expect(told.err).toContain('UNKNOWN-STRATEGY: there is no strategy "swarn"; did you mean "swarm"?');
});
