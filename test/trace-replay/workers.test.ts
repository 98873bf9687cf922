import { describe, expect, it } from "vitest";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import type { Design } from "../../model/design.ts";
import { BLOCKED, defineProgram } from "../../model/program.ts";
import { alloc, free, replayLines, softirq, task } from "./replay-text.ts";

const PAGE = 0x500;
const MARK = "tracing_mark_write: x";
const queued = [task(0, 0, alloc(PAGE)), task(0, 100, free(PAGE))];

/** How often the thread of cpu0 runs: twice if the lines let it run between two frees, else once, for both. */
async function runsAfter(lines: readonly string[], workerDelayMicros: number): Promise<number> {
  const second = [task(0, 9000, alloc(PAGE + 1)), task(0, 9001, free(PAGE + 1))];
  const result = await replayLines([...queued, ...lines, ...second], "async-free", { workerDelayMicros });
  expect(result.verdict).toBe("holds");
  expect(result.work.batches.blocks).toBe(2);
  return result.work.workerRuns;
}

describe("kernel threads", () => {
  it("run at the first task event of their CPU that is later than the delay, of whatever kind", async () => {
    expect(await runsAfter([task(0, 1101, MARK)], 1000)).toBe(2);
    expect(await runsAfter([], 8900)).toBe(2);
  });

  it("do not run within the delay, on other CPUs' events, or under an interrupt", async () => {
    expect(await runsAfter([], 8901)).toBe(1);
    expect(await runsAfter([task(0, 9000, MARK)], 8901)).toBe(1);
    expect(await runsAfter([task(1, 9001, MARK), softirq(0, 9001, MARK), `0 d.h.. 9001 ${MARK}`], 8901)).toBe(1);
  });

  it("run at the end of the trace if their time has not come before", async () => {
    const result = await replayLines(queued);
    expect(result.work).toMatchObject({ workerRuns: 1, flushes: 1, ipis: 1, queueBlocksMax: 1 });
    expect(result.work.batches).toEqual({ blocks: 1, smallest: 1, largest: 1, byLog2: [1] });
  });

  it("take everything that was queued meanwhile in one batch with one flush", async () => {
    const pages = [0, 1, 2, 3, 4];
    const allocs = pages.map((i) => task(0, i, alloc(PAGE + i)));
    const frees = pages.map((i) => task(0, 10 + i, free(PAGE + i)));
    const result = await replayLines([...allocs, ...frees]);
    expect(result.work).toMatchObject({ workerRuns: 1, flushes: 1, ipis: 1, queueBlocksMax: 5 });
    expect(result.work.batches).toEqual({ blocks: 5, smallest: 5, largest: 5, byLog2: [0, 0, 1] });
  });

  it("that wait for ever are a DEADLOCK, and the run ends there", async () => {
    const result = await replayLines([...queued, task(0, 9000, MARK), task(0, 9001, alloc(PAGE))], hangingDesign());
    expect(result.stoppedBy).toBe("DEADLOCK");
    expect(result.violations).toMatchObject([
      {
        claim: "DEADLOCK",
        during: "worker",
        event: { detail: "x" },
        witness: { text: "cpu0 waits for ever in hang, step wait" },
      },
    ]);
    expect(result.fates).toMatchObject({ allocs: 1, frees: 1 });
  });

  it("do not exist in the baseline", async () => {
    const result = await replayLines(queued, "no-asi");
    expect(result.work).toMatchObject({ workerRuns: 0, flushes: 0, ipis: 0 });
  });
});

/** async-free with a worker that never gets what it waits for. */
function hangingDesign(): Design {
  const program = defineProgram({
    name: "hang",
    role: "worker",
    locals: [],
    steps: [
      { label: "wait", imitates: "wait_event", needs: "any", cost: "wait", touches: ["hw.mode"], run: () => BLOCKED },
    ],
  });
  return { ...asyncFree, id: "hang", workers: asyncFree.workers.map((worker) => ({ ...worker, program })) };
}
