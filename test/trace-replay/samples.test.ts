import { describe, expect, it } from "vitest";
import { replayTrace } from "../../harness/trace-replay/replay-trace.ts";
import type { TraceReplayResult } from "../../harness/trace-replay/result.ts";
import { traceFiles } from "../../platform/trace-files.ts";
import { designOf, replaySample } from "./replay-text.ts";

function violated(result: TraceReplayResult): string[] {
  return result.claims.filter((claim) => claim.verdict === "violated").map((claim) => claim.id);
}

describe("the bundled recordings", () => {
  it("fork-60k under async-free holds every claim, none of them vacuously", async () => {
    const result = await replaySample("fork-60k", "async-free");
    // Labels, PCIDs and interrupts do not exist in a recorded world; eleven claims are left.
    const judged = result.claims.filter((claim) => claim.verdict !== "n/a");
    expect(judged.map((claim) => claim.verdict)).toEqual(Array.from({ length: 11 }, () => "holds"));
    expect(result.vacuous).toEqual([]);
    expect(result.claims[0]?.completeness).toBe("SAMPLED: one recorded run, 59988 events");
    expect(result.fates).toMatchObject({ allocs: 17_065, frees: 16_335, unmatched: 90, untraced: 114, diverged: 0 });
    expect(result.facts).toMatchObject({ lines: 60_000, startState: "recorded", pagesFreeAtStart: 142_453 });
    expect(result.work).toMatchObject({ calls: 34_833, microSteps: 191_895, flushes: 441, ipis: 441, splits: 0 });
    expect(result.synthetic).toMatchObject({ injected: 34 });
  });

  it("net-20k under async-free holds every claim, its 2,162 softirq frees among them", async () => {
    const result = await replaySample("net-20k", "async-free");
    expect(result.verdict).toBe("holds");
    expect(result.vacuous).toEqual([]);
    expect(result.fates).toMatchObject({ allocs: 6109, frees: 6057, unmatched: 101, diverged: 0 });
    expect(result.fates.contexts).toEqual({ task: 10_026, softirq: 2164, hardirq: 0, irqsOff: 0 });
    expect(result.facts).toMatchObject({ startState: "inferred", pagesFreeAtStart: 130_902 });
  });

  it.each(["fork-60k", "net-20k"])("%s under no-asi holds what is claimed of it, without one flush", async (name) => {
    const result = await replaySample(name, "no-asi");
    expect(result.claims.filter((claim) => claim.verdict === "holds").map((claim) => claim.id)).toEqual([
      "S17",
      "S23",
      "DEADLOCK",
    ]);
    expect(result.work).toMatchObject({ flushes: 0, ipis: 0, workerRuns: 0 });
  });

  it("net-20k without a meta file is replayed on a machine inferred from its lines", async () => {
    const { open } = await traceFiles("samples/net-20k.trace.gz");
    const result = await replayTrace(open, {}, designOf("async-free"), { file: "net-20k" });
    expect(result.verdict).toBe("holds");
    expect(result.facts).toMatchObject({ cpus: 2, pages: 130_048, startState: "inferred" });
    expect(result.fates).toMatchObject({ allocs: 6109, frees: 6057, outside: 0 });
    expect(result.inferred).toHaveLength(5);
  });

  it("two replays of the same bytes are equal, byte by byte", async () => {
    const [first, second] = [await replaySample("net-20k", "async-free"), await replaySample("net-20k", "async-free")];
    expect(JSON.stringify(first)).toBe(JSON.stringify(second));
  });
});

describe("canaries on the recording fork-60k", () => {
  it("forgetting a CPU is caught where the first batch reaches the free lists, at line 195", async () => {
    const result = await replaySample("fork-60k", "canary-forget-one-cpu");
    expect(violated(result)).toEqual(["S1", "S3", "S8", "S16a", "REFINE-page"]);
    expect(result.violations[0]).toMatchObject({
      claim: "S8",
      during: "worker",
      step: "asi_async_free/free_one",
      event: { line: 195, kind: "alloc", comm: "mkdir", cpu: 0 },
      witness: { cpu: 1, text: expect.stringContaining("is on a free list while cpu1 may still hold its translation") },
    });
  });

  it("mapping without zeroing is caught as a secret that every CPU reads", async () => {
    const result = await replaySample("fork-60k", "canary-no-zero");
    expect(violated(result)).toEqual(["S1", "S13", "REFINE-page"]);
    expect(result.stoppedBy).toBeUndefined();
    expect(result.fates).toMatchObject({ allocs: 17_065, frees: 16_335 });
  });

  it("a page on two lists stops the run at line 94, and no claim is said to hold of the rest", async () => {
    const result = await replaySample("fork-60k", "canary-two-lists");
    expect(violated(result)).toEqual(["S17"]);
    expect(result.stoppedBy).toBe("S17");
    expect(result.violations[0]).toMatchObject({
      step: "free_pages/pcp_put",
      event: { line: 94, kind: "free", comm: "mkdir", detail: "page=000000000df98ab3 pfn=0xcd27 order=0" },
    });
    expect(result.claims.filter((claim) => claim.verdict === "holds")).toEqual([]);
    expect(result.claims[0]?.completeness).toBe("BOUNDED (stopped after 82 events)");
  });

  it("freeing before the flush and freeing mapped pages are caught", async () => {
    expect(violated(await replaySample("fork-60k", "canary-free-before-flush"))).toEqual(["S8"]);
    expect(violated(await replaySample("fork-60k", "canary-keeps-mapped"))).toContain("S2");
  });
});
