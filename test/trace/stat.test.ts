import { describe, expect, it } from "vitest";
import { TraceParser } from "../../harness/trace/parser.ts";
import type { TraceStat } from "../../harness/trace/stat.ts";
import { TraceStatistics } from "../../harness/trace/stat.ts";

describe("trace statistics", () => {
  it("match a block freed in pieces, and tell never-seen pages from pages seen freed", () => {
    const { frees, allocPages, freePages } = statOf([
      alloc(0x100, 1),
      free(0x100, 0),
      free(0x101, 0),
      free(0x101, 0),
      free(0x500, 2),
      alloc(0x200, 3),
    ]);
    expect(frees).toMatchObject({
      matched: 2,
      seenFreed: 1,
      neverSeen: 1,
      matchedFraction: 0.5,
      livePagesAtEnd: 8,
      allocsOfLivePages: 0,
    });
    expect([allocPages, freePages]).toEqual([10, 7]);
  });

  it("count an allocation of a live page", () => {
    expect(statOf([alloc(0x100, 0), alloc(0x100, 0)]).frees.allocsOfLivePages).toBe(1);
  });

  it("leave failed allocations out of orders and live pages", () => {
    const failed = "mm_page_alloc: page=0000000000000000 pfn=0x0 order=3 migratetype=1 gfp_flags=GFP_KERNEL";
    expect(statOf([failed, alloc(0x100, 0)])).toMatchObject({
      failedAllocs: 1,
      allocOrders: [1],
      eventsByKind: { alloc: 2 },
      frees: { livePagesAtEnd: 1 },
    });
  });

  it("put every call into its contexts", () => {
    const stat = statOf([alloc(1, 0), alloc(2, 0), alloc(3, 0), alloc(4, 0)], [".....", "d.s1.", "b..2.", "d.h.."]);
    expect(stat.allocContexts).toEqual({
      task: 2,
      softirq: 1,
      hardirq: 1,
      nmi: 0,
      irqsOff: 2,
      bhOff: 1,
      preemptOff: 1,
      unknown: 0,
    });
  });

  it("list flag words by count, then name, with their sensitivity", () => {
    const stat = statOf([
      alloc(1, 0, "GFP_USER"),
      alloc(2, 0, "GFP_KERNEL"),
      alloc(3, 0, "GFP_NOFS"),
      alloc(4, 0, "GFP_USER"),
    ]);
    expect(stat.topGfp).toEqual([
      { gfp: "GFP_USER", count: 2, sensitive: true },
      { gfp: "GFP_KERNEL", count: 1, sensitive: false },
      { gfp: "GFP_NOFS", count: 1, sensitive: false },
    ]);
    expect(stat.sensitiveAllocs).toBe(2);
  });

  it("keep memory bounded whatever page numbers a stranger writes", () => {
    const { frees } = statOf(Array.from({ length: 100 }, (_, i) => alloc(i * 2 ** 33, 0)));
    expect(frees).toMatchObject({ livePagesAtEnd: 100, untracked: 0 });
  });
});

function alloc(pfn: number, order: number, gfp = "GFP_KERNEL"): string {
  return `mm_page_alloc: page=00000000aa5498db pfn=0x${pfn.toString(16)} order=${order} migratetype=0 gfp_flags=${gfp}`;
}

function free(pfn: number, order: number): string {
  return `mm_page_free: page=00000000aa5498db pfn=0x${pfn.toString(16)} order=${order}`;
}

function statOf(events: readonly string[], flags: readonly string[] = []): TraceStat {
  const statistics = new TraceStatistics();
  const parser = new TraceParser({ kernel: "6.12", file: "t", onEvent: (event) => statistics.take(event) });
  const lines = events.map(
    (event, i) => `            init-1       [001] ${flags[i] ?? "....."}     9.40${1000 + i}: ${event}\n`,
  );
  parser.push(new TextEncoder().encode(lines.join("")));
  return statistics.finish(parser.finish());
}
