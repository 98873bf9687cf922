import { describe, expect, it } from "vitest";
import { alloc, free, replayLines, softirq, task, USER_MEMORY } from "./replay-text.ts";

const PAGE = 0x500;

describe("events become calls", () => {
  it("an allocation and its free become one call each, in the traced context", async () => {
    const result = await replayLines([
      task(0, 0, alloc(PAGE)),
      softirq(1, 10, alloc(PAGE + 1)),
      `1 d.h1. 20 ${free(PAGE + 1)}`,
      `0 d.... 30 ${free(PAGE)}`,
    ]);
    expect(result.fates).toMatchObject({
      allocs: 2,
      frees: 2,
      unmatched: 0,
      contexts: { task: 2, softirq: 1, hardirq: 1, irqsOff: 1 },
    });
    expect(result.work.calls).toBe(4);
    expect(result.verdict).toBe("holds");
  });

  it("a failed allocation, a batched free and a marker are no calls", async () => {
    const result = await replayLines([
      task(0, 0, "mm_page_alloc: page=0000000000000000 pfn=0x0 order=4 migratetype=0 gfp_flags=GFP_KERNEL"),
      task(0, 1, `mm_page_free_batched: page=0000000000000001 pfn=0x500 order=0`),
      task(0, 2, "tracing_mark_write: hello"),
      task(0, 3, alloc(PAGE)),
    ]);
    expect(result.fates).toMatchObject({ allocs: 1, frees: 0, failedAllocs: 1, notCalls: { freeBatched: 1, mark: 1 } });
    expect(result.work.calls).toBe(1);
  });

  it("a page that no event named before is live since the start, once", async () => {
    const result = await replayLines([task(0, 0, free(0x80)), task(0, 1, free(0x80))]);
    expect(result.fates).toMatchObject({ frees: 1, unmatched: 1, untraced: 1 });
  });

  it("a free of a page that the free map has free is an untraced allocation's, and skipped", async () => {
    const result = await replayLines([task(0, 0, free(PAGE)), task(0, 1, alloc(PAGE))]);
    expect(result.fates).toMatchObject({ allocs: 1, frees: 0, untraced: 1 });
  });

  it("an allocation of a page that counts as live frees it first", async () => {
    const result = await replayLines([task(0, 0, alloc(0x80)), task(0, 1, alloc(0x80)), task(0, 2, free(0x80))]);
    expect(result.fates).toMatchObject({ allocs: 2, frees: 1, untraced: 0 });
    expect(result.work).toMatchObject({ inferredFrees: 2, calls: 5 });
    expect(result.inferred).toContain("2 frees: the trace allocates pages that counted as live");
  });

  it("a block outside the zone or above the largest order is counted and skipped", async () => {
    const result = await replayLines([task(0, 0, alloc(0x900)), task(0, 1, free(0x7ff, 1)), task(0, 2, free(0, 11))]);
    expect(result.fates).toMatchObject({ allocs: 0, frees: 0, outside: 3 });
  });

  it("allocations that the model refuses are counted as diverged, and so are their frees", async () => {
    const result = await replayLines(
      [
        task(0, 0, alloc(0x400, 10)),
        task(0, 1, alloc(0x10, 4)),
        task(0, 2, free(0x10, 4)),
        task(0, 3, free(0x400, 10)),
      ],
      "no-asi",
    );
    // Page 0x10 was live at the start: 16 inferred frees of one page make room, on lists of order 0, for nothing of order 4.
    expect(result.fates).toMatchObject({ allocs: 1, diverged: 1, divergedFrees: 1, frees: 1 });
  });

  it("without a free map all is free but what the trace frees before it allocates", async () => {
    const lines = [task(0, 0, alloc(0x80)), task(0, 1, free(0x90, 1)), task(0, 2, free(0x80))];
    const result = await replayLines(lines, "async-free", {}, { free: "unknown" });
    expect(result.facts).toMatchObject({ startState: "inferred", pagesFreeAtStart: 2046 });
    expect(result.fates).toMatchObject({ allocs: 1, frees: 2, unmatched: 1, untraced: 0 });
  });
});

describe("what a file does not tell or tells wrongly", () => {
  it("events of a CPU that the meta file does not have run on cpu0, and the report says so", async () => {
    const lines = [task(1, 0, alloc(PAGE)), task(0, 1, free(PAGE))];
    const result = await replayLines(lines, "async-free", {}, { cpus: 1 });
    expect(result.fates).toMatchObject({ allocs: 1, frees: 1 });
    expect(result.inferred).toContain(
      "the CPU of 1 events: the trace tells none, or one that the meta file does not have",
    );
  });

  it("a machine of 17 CPUs, a negative delay and a fractional rate are refused", async () => {
    const lines = [task(0, 0, alloc(PAGE))];
    await expect(replayLines(lines, "no-asi", {}, { cpus: 17 })).rejects.toThrow("at most 16 CPUs");
    await expect(replayLines(lines, "no-asi", { workerDelayMicros: -1 })).rejects.toThrow("--worker-delay -1");
    await expect(replayLines(lines, "no-asi", { injectEvery: 0.5 })).rejects.toThrow("--inject 0.5");
  });
});

describe("blocks freed in other pieces than they were allocated", () => {
  it("a block of 4 pages is freed page by page, by 4 calls", async () => {
    const frees = [3, 0, 2, 1].map((i) => task(0, 10 + i, free(PAGE + i)));
    const result = await replayLines([task(0, 0, alloc(PAGE, 2)), ...frees]);
    expect(result.fates).toMatchObject({ allocs: 1, frees: 4, untraced: 0 });
    expect(result.work).toMatchObject({ calls: 5, splits: 1, batches: { blocks: 4 } });
    expect(result.verdict).toBe("holds");
  });

  it("a block of 8 pages is freed as 2, 2 and 4", async () => {
    const result = await replayLines([
      task(0, 0, alloc(PAGE, 3, USER_MEMORY)),
      task(0, 1, free(PAGE + 2, 1)),
      task(0, 2, free(PAGE, 1)),
      task(0, 3, free(PAGE + 4, 2)),
    ]);
    expect(result.fates).toMatchObject({ allocs: 1, frees: 3 });
    // The first free cuts all of it into pairs, and the last then frees two of them.
    expect(result.work).toMatchObject({ calls: 5, splits: 1 });
    expect(result.verdict).toBe("holds");
  });

  it("a free of 4 pages that were allocated one by one becomes 4 calls", async () => {
    const allocs = [0, 1, 2, 3].map((i) => task(0, i, alloc(PAGE + i)));
    const result = await replayLines([...allocs, task(0, 9, free(PAGE, 2))]);
    expect(result.fates).toMatchObject({ allocs: 4, frees: 1 });
    expect(result.work.calls).toBe(8);
  });

  it("pages in use at the start can be freed at any order", async () => {
    const result = await replayLines([task(0, 0, free(0x40, 3)), task(0, 1, free(0x48))]);
    expect(result.fates).toMatchObject({ frees: 2, unmatched: 2 });
    expect(result.work).toMatchObject({ calls: 9, splits: 0 });
  });
});
