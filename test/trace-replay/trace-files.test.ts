import { describe, expect, it } from "vitest";
import { traceFiles } from "../../platform/trace-files.ts";

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

  it("refuses standard input, which cannot be read twice", async () => {
    await expect(traceFiles("-")).rejects.toMatchObject({ code: "TRACE-STDIN" });
  });
});
