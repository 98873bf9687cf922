import { describe, expect, it } from "vitest";
import type { FreeBlocks } from "../../harness/trace/free-blocks.ts";
import { readFreeBlocks } from "../../harness/trace/free-blocks.ts";
import { companionPaths, inferTraceMeta, kernelVersionOf, readTraceMeta } from "../../harness/trace/meta.ts";
import { InputError } from "../../model/failure.ts";
import { parse } from "./parse-text.ts";

const ZONE = { zone: "DMA32", start_pfn: 4096, spanned: 8192, managed: 8000, batch: 31, pcp_high: 400 };
const META = { kernel: "6.1.0-56-amd64", cpus: 2, zones: [ZONE] };

describe("a meta file", () => {
  it("gives kernel table, CPUs and zones, and ignores what it does not know", () => {
    const meta = readTraceMeta(JSON.stringify({ ...META, weather: "fine" }), "m.json");
    expect(meta).toMatchObject({ source: "file", kernel: "6.1", kernelSource: "told", cpus: 2, pfnEnd: 12_288 });
    expect(meta.zones).toEqual([
      {
        name: "DMA32",
        node: 0,
        startPfn: 4096,
        spanned: 8192,
        managed: 8000,
        pcpBatch: 31,
        pcpHigh: 400,
        watermarkMin: 0,
        watermarkLow: 0,
        watermarkHigh: 0,
      },
    ]);
  });

  it("of a kernel without a table assumes the newest and says so", () => {
    expect(readTraceMeta(JSON.stringify({ ...META, kernel: "6.18.44" }), "m.json")).toMatchObject({
      kernel: "6.12",
      kernelSource: "assumed",
      kernelRelease: "6.18.44",
    });
  });

  it.each([
    ["not JSON", "{", /^m\.json: not JSON/],
    ["a missing key", JSON.stringify({ ...META, cpus: undefined }), /^m\.json: cpus: /],
    [
      "a number out of range",
      JSON.stringify({ ...META, zones: [{ ...ZONE, start_pfn: -1 }] }),
      /^m\.json: zones\.0\.start_pfn: /,
    ],
    [
      "overlapping zones",
      JSON.stringify({ ...META, zones: [ZONE, { ...ZONE, zone: "Normal", start_pfn: 5000 }] }),
      /Normal begins inside/,
    ],
    ["more managed than spanned", JSON.stringify({ ...META, zones: [{ ...ZONE, managed: 9000 }] }), /manages more/],
    ["no object", "[]", /^m\.json: the document: /],
  ])("with %s is refused by name", (_what, text, message) => {
    const error = errorOf(() => readTraceMeta(text, "m.json"));
    expect(error.code).toBe("TRACE-META");
    expect(error.message).toMatch(message);
  });
});

describe("without a meta file", () => {
  it("the machine is inferred: CPUs seen, memory up to the last page, x86-64 zones, kernel assumed", () => {
    const { summary } = parse(
      "            init-1       [003] .....     9.401993: mm_page_free: page=00000000aa5498db pfn=0x102345 order=2\n",
    );
    const meta = inferTraceMeta(summary);
    expect(meta).toMatchObject({
      source: "inferred",
      kernel: "6.12",
      kernelSource: "assumed",
      cpus: 4,
      pfnEnd: 0x10_2400,
      startState: "inferred",
    });
    expect(meta.zones.map(({ name, startPfn, spanned }) => [name, startPfn, startPfn + spanned])).toEqual([
      ["DMA", 1, 0x1000],
      ["DMA32", 0x1000, 0x10_0000],
      ["Normal", 0x10_0000, 0x10_2400],
    ]);
  });

  it("CPUs and kernel come from the header where it tells them", () => {
    const { summary } = parse(`# nop latency trace v1.1.5 on 6.1.0-56-amd64
# latency: 0 us, #1/1, CPU#0 | (M:desktop VP:0, KP:0, SP:0 HP:0 #P:8)
    init-1         1..... 25303us!: mm_page_free: page=00000000aa5498db pfn=0x2 order=0
`);
    expect(inferTraceMeta(summary)).toMatchObject({ kernel: "6.1", kernelSource: "told", cpus: 8 });
  });
});

describe("kernel releases", () => {
  it("are told apart where one is the beginning of the other", () => {
    expect(["6.1.0-56-amd64", "6.12.107+deb13", "6.1", "6.13.2", "6.18", ""].map(kernelVersionOf)).toEqual([
      "6.1",
      "6.12",
      "6.1",
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("companions", () => {
  it("of a trace are named after it", () => {
    expect(companionPaths("d/net.trace.gz")).toEqual({
      meta: "d/net.meta.json",
      freeBlocks: "d/net.before/freeblocks.txt.gz",
    });
    expect(companionPaths("d/net.trace.zst")).toEqual(companionPaths("d/net.trace.gz"));
    expect(companionPaths("trace.txt").meta).toBe("trace.meta.json");
  });
});

describe("a free map", () => {
  const zones = readTraceMeta(JSON.stringify(META), "m.json").zones;

  it("gives blocks in ascending order", async () => {
    const blocks = await readMap("# comment\n1000 10\n1400 0\n1402 1\n", zones);
    expect([...blocks.pfn.subarray(0, blocks.count)]).toEqual([0x1000, 0x1400, 0x1402]);
    expect([...blocks.order.subarray(0, blocks.count)]).toEqual([10, 0, 1]);
    expect(blocks.pages).toBe(1027);
  });

  it("of 3,900 blocks is read whole", async () => {
    const text = Array.from({ length: 3900 }, (_, i) => `${(4096 + 2 * i).toString(16)} 0\n`).join("");
    expect((await readMap(text, zones)).count).toBe(3900);
  });

  it.each([
    ["1000 11\n", /map:1: not `pfn order`/],
    ["xyz\n", /map:1: not `pfn order`/],
    ["1000 3\n1004 0\n", /map:2: this block overlaps/],
    ["1001 1\n", /map:1: a block of order 1 cannot begin here/],
    ["0 0\n", /map:1: this block lies in no zone/],
    ["# nothing\n", /map:1: no free block/],
  ])("with %j is refused with its line", async (text, message) => {
    await expect(readMap(text, zones)).rejects.toMatchObject({
      code: "FREE-MAP",
      message: expect.stringMatching(message),
    });
  });
});

async function readMap(text: string, zones: Parameters<typeof readFreeBlocks>[2]): Promise<FreeBlocks> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(text);
  }
  return readFreeBlocks(source(), "map", zones);
}

function errorOf(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
