import { describe, expect, it } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { minimiseTrace } from "../../harness/trace-minimise/minimise-trace.ts";
import { traceFiles } from "../../platform/trace-files.ts";

describe("the bundled recordings, minimised", () => {
  it.each([
    ["net-20k", "canary-keeps-mapped", "S1", 4159, 3],
    ["net-20k", "canary-keeps-mapped", "S8", 143, 2],
    ["net-20k", "canary-no-zero", "S1", 5630, 3],
    ["fork-60k", "canary-free-before-flush", "S8", 183, 2],
    ["fork-60k", "canary-two-lists", "S17", 82, 2],
  ])("%s: %s violates %s after %i events, and after %i of them alone", async (sample, design, claim, before, after) => {
    const source = await traceFiles(`samples/${sample}.trace.gz`);
    const result = await minimiseTrace(source, findDesign(design), { file: sample, claim });
    expect(result).toMatchObject({ did: "minimised", trace: { eventsBefore: before, events: after, minimal: true } });
  });
});
