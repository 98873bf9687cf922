import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { spooled, traceFiles } from "../../platform/trace-files.ts";

describe("the files of a trace", () => {
  it("finds the meta file and the free map beside a recording", async () => {
    const { sideFiles } = await traceFiles("samples/fork-60k.trace.gz");
    expect(sideFiles.meta?.file).toBe("samples/fork-60k.meta.json");
    expect(sideFiles.freeBlocks?.file).toBe("samples/fork-60k.before/freeblocks.txt.gz");
  });

  it("finds that a recording has no free map", async () => {
    const { sideFiles } = await traceFiles("samples/net-20k.trace.gz");
    expect(sideFiles.meta?.file).toBe("samples/net-20k.meta.json");
    expect(sideFiles.freeBlocks).toBeUndefined();
  });

  it("a stream that can be read once is read twice out of a temporary file, which goes when it is done with", async () => {
    const files = await spooled(once("one\ntwo\n"), "standard input");
    expect([await textOf(files.open()), await textOf(files.open())]).toEqual(["one\ntwo\n", "one\ntwo\n"]);
    await files.dispose();
    await expect(textOf(files.open())).rejects.toThrow();
    expect(existsSync("trace.gz")).toBe(false);
  });

  it("a stream that fails leaves its own error", async () => {
    await expect(spooled(broken(), "standard input")).rejects.toThrow("the pipe broke");
  });
});

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(3);
  throw new Error("the pipe broke");
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
  return text;
}
