import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseTrace } from "../../harness/trace/parser.ts";
import type { TraceStat } from "../../harness/trace/stat.ts";
import { TraceStatistics } from "../../harness/trace/stat.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { openBytes } from "../../platform/byte-source.ts";
import { factsOf, SAMPLE_FACTS } from "./sample-facts.ts";

/** Folder with the full recordings; they are too large to bundle. Without it these tests are reported as skipped. */
const FOLDER = process.env.ASILAB_TRACES ?? "";
const present = FOLDER !== "" && existsSync(FOLDER);

// Skipped where ASILAB_TRACES is not set: the recordings are not part of the repository.
describe.skipIf(!present)("full recordings (ASILAB_TRACES)", () => {
  it.each([
    ["fork", "6.1", 389_473, 107_926, 108_241, 106_975],
    ["pageio", "6.1", 545_247, 129_052, 106_532, 97_859],
    ["net", "6.1", 194_274, 56_482, 55_199, 54_940],
    ["frag", "6.1", 270_360, 58_425, 55_854, 51_704],
    ["pageioxfs612", "6.12", 239_156, 72_508, 42_315, 42_206],
  ] as const)(
    "%s is understood line by line, and its frees find their allocations",
    async (name, kernel, events, alloc, free, matched) => {
      const stat = await statOf(join(FOLDER, `${name}.trace.gz`), kernel);
      expect(stat).toMatchObject({ events, eventsByKind: { alloc, free }, frees: { matched, allocsOfLivePages: 0 } });
      expect(stat).toMatchObject({
        unparsed: 0,
        unknownGfpNames: [],
        backwardTimestamps: 0,
        missingByHeader: 0,
        lost: { counted: 0 },
      });
    },
  );

  it.each(SAMPLE_FACTS)(
    "samples/%s/%s is %s text in %s: %s on %i CPUs, %i lost, %i stack lines",
    async (kernel, name, ...facts) => {
      const path = join(FOLDER, "samples", kernel, `${name}.txt`);
      const summary = await parseTrace(openBytes(path), { kernel, file: name, onEvent: () => {} });
      expect(factsOf(summary)).toEqual(facts);
      expect(summary).toMatchObject({ unparsed: 0, unknownGfpNames: [], backwardTimestamps: 0, lostUncounted: 0 });
    },
  );

  it("every other file among the samples is refused as holding no event", async () => {
    const known = new Set(SAMPLE_FACTS.map(([kernel, name]) => join(kernel, `${name}.txt`)));
    const others = sampleFiles().filter((file) => !known.has(file));
    expect(others).toHaveLength(20);
    for (const file of others) {
      const source = openBytes(join(FOLDER, "samples", file));
      await expect(parseTrace(source, { kernel: "6.1", file, onEvent: () => {} })).rejects.toMatchObject({
        code: "TRACE-NO-EVENTS",
      });
    }
  });
});

function sampleFiles(): string[] {
  const folder = join(FOLDER, "samples");
  return readdirSync(folder).flatMap((kernel) => readdirSync(join(folder, kernel)).map((file) => join(kernel, file)));
}

async function statOf(path: string, kernel: KernelVersion): Promise<TraceStat> {
  const statistics = new TraceStatistics();
  const summary = await parseTrace(openBytes(path), { kernel, file: path, onEvent: (event) => statistics.take(event) });
  return statistics.finish(summary);
}
