import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validateTraceFile } from "../../index.ts";

/** Folder with the full recordings; they are too large to bundle. Without it these tests are reported as skipped. */
const FOLDER = process.env.ASILAB_TRACES ?? "";
const present = FOLDER !== "" && existsSync(FOLDER);

// Skipped where ASILAB_TRACES is not set: the recordings are not part of the repository.
describe.skipIf(!present)("full recordings (ASILAB_TRACES)", () => {
  it.each([
    ["fork", 828, { free_one_page: 2 }, 0, 2],
    ["net", 19_668, {}, 0, 23],
    ["pageioxfs612", 76_850, { free_one_page: 3 }, 0, 99],
    ["frag", 87_922, { isolate_freepages: 600 }, 1, 137],
    ["pageio", 204_283, { isolate_freepages: 1101, fast_isolate_freepages: 568, free_one_page: 1 }, 0, 82],
  ] as const)(
    "%s is legal event by event and ends in the recorded free map",
    async (name, events, unnamed, differing, pageblocks) => {
      const result = await validateTraceFile(join(FOLDER, `${name}.trace.gz`));
      expect(result.illegalEvents).toEqual([]);
      expect(result).toMatchObject({ events, legal: events, illegal: 0, end: { pagesDiffering: differing } });
      // Labels follow from events alone; the kernel's own count of pageblocks has to allow them.
      expect(result.pageblockTypes.length).toBe(8);
      for (const { determined, recorded } of result.pageblockTypes) expect(determined).toBeLessThanOrEqual(recorded);
      expect(result.pageblockTypes.reduce((sum, { determined }) => sum + determined, 0)).toBe(pageblocks);
      expect(Object.fromEntries(result.unnamedByCause.map(({ cause, blocks }) => [cause, blocks]))).toEqual(unnamed);
    },
  );
});
