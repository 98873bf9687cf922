import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readFreeBlocks } from "../../harness/trace/free-blocks.ts";
import { companionPaths, readTraceMeta } from "../../harness/trace/meta.ts";
import { parseTrace } from "../../harness/trace/parser.ts";
import type { TraceStat } from "../../harness/trace/stat.ts";
import { TraceStatistics } from "../../harness/trace/stat.ts";
import { openBytes, readTextIfPresent } from "../../platform/byte-source.ts";

const FORK = "samples/fork-60k.trace.gz";
const NET = "samples/net-20k.trace.gz";

describe("sample fork-60k", () => {
  it("holds 59,988 events, every line understood, none lost, time never backwards", async () => {
    expect(await statOf(FORK)).toMatchObject({
      lines: 60_000,
      events: 59_988,
      eventsByKind: {
        alloc: 17_065,
        free: 16_449,
        freeBatched: 15_434,
        zoneLocked: 59,
        pcpuDrain: 0,
        extfrag: 0,
        tlbFlush: 10_968,
        mark: 3,
        other: 10,
      },
      durationSeconds: 4.882895,
      eventsPerCpu: [27_407, 32_581],
      allocOrders: [16_696, 360, 3, 6],
      freeOrders: [16_097, 352],
      allocMigratetypes: [6311, 10_747, 7],
      sensitiveAllocs: 10_843,
      unknownGfpNames: [],
      tlbReasons: [1324, 0, 0, 9641, 3],
      lost: { counted: 0, uncountedGaps: 0 },
      missingByHeader: 329_485,
      backwardTimestamps: 0,
      unparsed: 0,
    });
  });

  it("finds the allocation of 98.8 % of its frees and no allocation of a live page", async () => {
    const { frees } = await statOf(FORK);
    expect(frees).toMatchObject({
      matched: 16_245,
      neverSeen: 90,
      seenFreed: 114,
      allocsOfLivePages: 0,
      livePagesAtEnd: 879,
    });
    expect(frees.matchedFraction).toBeCloseTo(0.9876, 4);
  });

  it("begins with the free map of 142,453 pages that its meta file announces", async () => {
    const { meta: metaPath, freeBlocks } = companionPaths(FORK);
    const meta = readTraceMeta((await readTextIfPresent(metaPath)) ?? "", metaPath);
    expect(meta).toMatchObject({ source: "file", kernel: "6.1", cpus: 2, pfnEnd: 196_564, startState: "recorded" });
    expect(meta.zones.map(({ name, startPfn, pcpBatch, pcpHigh }) => [name, startPfn, pcpBatch, pcpHigh])).toEqual([
      ["DMA", 1, 1, 118],
      ["DMA32", 4096, 31, 5415],
    ]);
    const blocks = await readFreeBlocks(openBytes(freeBlocks), freeBlocks, meta.zones);
    expect(blocks.pages).toBe(142_453);
  });
});

describe("sample net-20k", () => {
  it("holds 19,988 events, 2,162 of its 6,057 frees in softirq context", async () => {
    expect(await statOf(NET)).toMatchObject({
      lines: 20_000,
      events: 19_988,
      eventsByKind: {
        alloc: 6109,
        free: 6057,
        freeBatched: 1077,
        zoneLocked: 1035,
        pcpuDrain: 1102,
        tlbFlush: 4604,
        other: 4,
      },
      allocOrders: [1346, 32, 2751, 1980],
      allocContexts: { task: 6109, softirq: 0, hardirq: 0, irqsOff: 0, preemptOff: 23 },
      freeContexts: { task: 3895, softirq: 2162, hardirq: 0, irqsOff: 0, preemptOff: 19 },
      sensitiveAllocs: 953,
      frees: { matched: 5956, neverSeen: 101, seenFreed: 0, allocsOfLivePages: 0 },
      unparsed: 0,
      backwardTimestamps: 0,
    });
  });

  it("says that its start state is inferred", async () => {
    const path = companionPaths(NET).meta;
    expect(readTraceMeta((await readTextIfPresent(path)) ?? "", path)).toMatchObject({
      startState: "inferred",
      kernel: "6.1",
      pfnEnd: 131_028,
    });
  });
});

describe("samples/README.md", () => {
  it("names the digests of the files as they are, each at most 800 kB", () => {
    const readme = readFileSync("samples/README.md", "utf8");
    for (const file of [FORK, NET, companionPaths(FORK).freeBlocks]) {
      const packed = readFileSync(file);
      expect(readme).toContain(`\`${sha256(packed)}\` | \`${sha256(gunzipSync(packed))}\``);
      expect(statSync(file).size).toBeLessThanOrEqual(800_000);
    }
  });
});

async function statOf(path: string): Promise<TraceStat> {
  const statistics = new TraceStatistics();
  const summary = await parseTrace(openBytes(path), {
    kernel: "6.1",
    file: path,
    onEvent: (event) => statistics.take(event),
  });
  return statistics.finish(summary);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
