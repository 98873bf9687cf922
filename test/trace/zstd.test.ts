import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parseTrace } from "../../harness/trace/parser.ts";
import { InputError } from "../../model/failure.ts";
import { openBytes } from "../../platform/byte-source.ts";
import { Xxh64 } from "../../platform/xxh64.ts";
import { unzstd } from "../../platform/zstd.ts";

const folder = mkdtempSync(join(tmpdir(), "asilab-zstd-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Made by zstd 1.5.4: three blocks, and one frame with a known size. */
const MONO_80 = readFileSync("test/fixtures/zstd/mono-80-times.zst");
const PERF = readFileSync("test/fixtures/zstd/perf-script.txt.zst");
const MONO_TEXT = readFileSync("test/fixtures/trace-formats/6.12/tracefs-mono.txt", "utf8").repeat(80);
const PERF_TEXT = readFileSync("test/fixtures/trace-formats/6.12/perf-script.txt", "utf8");
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

describe("a zstd file", () => {
  it("is recognised by its first bytes, whatever its name, and delivered unpacked", async () => {
    const path = join(folder, "x.trace.gz");
    writeFileSync(path, PERF);
    expect(await textOf(openBytes(path))).toBe(PERF_TEXT);
  });

  it("of several blocks, several frames and skippable ones between is delivered whole, in pieces of any size", async () => {
    const skippable = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    const bytes = Buffer.concat([MONO_80, skippable, PERF, rawFrame("end\n")]);
    for (const size of [1, 7, 1000, bytes.length])
      expect(await unpack(bytes, size)).toBe(`${MONO_TEXT}${PERF_TEXT}end\n`);
  });

  it("holds the same trace as the text it was made of: 50 events", async () => {
    const path = join(folder, "perf.trace.zst");
    writeFileSync(path, PERF);
    const summary = await parseTrace(openBytes(path), { kernel: "6.12", file: path, onEvent: () => {} });
    expect(summary).toMatchObject({ format: "perf", events: 50, unparsed: 0 });
  });

  it("of nothing is refused as empty", async () => {
    const path = join(folder, "empty.zst");
    writeFileSync(path, rawFrame(""));
    await expect(textOf(openBytes(path))).rejects.toMatchObject({ code: "FILE-EMPTY" });
  });

  it("cut at any byte is refused as truncated, once, by name", async () => {
    for (let length = 4; length < PERF.length; length++) {
      const error = await failureOf(unpack(PERF.subarray(0, length), 300));
      expect([length, error?.code]).toEqual([length, "ZST-TRUNCATED"]);
      expect(error?.message).toContain("t.zst: ");
    }
  });

  it("with any one byte changed is refused or delivers the same text: the check sum finds what unpacking does not", async () => {
    const at = fc.nat(PERF.length - 1);
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 1, max: 255 }), async (position, flip) => {
        const damaged = Uint8Array.from(PERF);
        damaged[position] ^= flip;
        const error = await failureOf(unpack(damaged, 4096), PERF_TEXT);
        if (error) expect(["ZST-CORRUPT", "ZST-TRUNCATED", "FILE-FORMAT"]).toContain(error.code);
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it("followed by something else is refused as damaged", async () => {
    expect(await failureOf(unpack(Buffer.concat([PERF, Buffer.from("rubbish")]), 100))).toMatchObject({
      code: "ZST-CORRUPT",
    });
  });

  it("that needs a window beyond 128 MiB, or a dictionary, is refused before any memory is taken for it", async () => {
    const window = (descriptor: number) => Uint8Array.of(...MAGIC, 0x00, descriptor, 1, 0, 0);
    expect(await unpack(window(17 << 3), 100)).toBe("");
    expect(await failureOf(unpack(window((17 << 3) | 1), 100))).toMatchObject({
      code: "FILE-FORMAT",
      message: expect.stringContaining("window of 144 MiB"),
    });
    const huge = Uint8Array.of(...MAGIC, 0xe0, 255, 255, 255, 255, 255, 0, 0, 0, 1, 0, 0);
    expect(await failureOf(unpack(huge, 100))).toMatchObject({ code: "FILE-FORMAT" });
    const dictionary = Uint8Array.of(...MAGIC, 0x01, 0x40, 7, 1, 0, 0);
    expect(await failureOf(unpack(dictionary, 100))).toMatchObject({
      code: "FILE-FORMAT",
      message: expect.stringContaining("dictionary"),
    });
  });

  it("that promises 128 MiB in 4 KiB delivers them 128 KiB at a time", async () => {
    let largest = 0;
    let length = 0;
    for await (const chunk of unzstd(inPieces(repeatedByteFrame(1024), 65_536), "t.zst")) {
      largest = Math.max(largest, chunk.length);
      length += chunk.length;
    }
    expect([largest, length]).toEqual([131_072, 2 ** 27]);
  });
});

describe("the check sum", () => {
  it.each([
    ["", 0x51d8_e999],
    ["a", 0xa98c_6e5b],
    ["abc", 0xad77_0999],
  ])("of %j is that of xxhsum", (text, low) => {
    const hash = new Xxh64();
    hash.update(new TextEncoder().encode(text));
    expect(hash.low32().toString(16)).toBe(low.toString(16));
  });

  it("does not depend on the pieces, and is the one that zstd wrote", () => {
    const bytes = new TextEncoder().encode(MONO_TEXT);
    const written = MONO_80.readUInt32LE(MONO_80.length - 4);
    for (const size of [1, 31, 32, 33, 1000, bytes.length]) {
      const hash = new Xxh64();
      for (let at = 0; at < bytes.length; at += size) hash.update(bytes.subarray(at, at + size));
      expect(hash.low32()).toBe(written);
    }
  });
});

/** A frame of one uncompressed block, without a check sum. */
function rawFrame(text: string): Uint8Array {
  const head = (text.length << 3) | 1;
  return Buffer.concat([Uint8Array.of(...MAGIC, 0x00, 0x38, head & 255, head >> 8, 0), Buffer.from(text)]);
}

/** `blocks` blocks, each of them one byte told to repeat 128 KiB, four bytes long. */
function repeatedByteFrame(blocks: number): Uint8Array {
  const head = (131_072 << 3) | (1 << 1);
  const block = Uint8Array.of(head & 255, (head >> 8) & 255, head >> 16, 10);
  const all = Array.from({ length: blocks }, () => block);
  return Buffer.concat([Uint8Array.of(...MAGIC, 0x00, 0x38), ...all, Uint8Array.of(1, 0, 0)]);
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function unpack(bytes: Uint8Array, size: number): Promise<string> {
  return textOf(unzstd(inPieces(bytes, size), "t.zst"));
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The refusal, or undefined where `expected` (if told) was delivered. */
async function failureOf(result: Promise<string>, expected?: string): Promise<InputError | undefined> {
  try {
    const text = await result;
    if (expected !== undefined) expect(text).toBe(expected);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
