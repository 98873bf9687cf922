import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replayTrace } from "../../harness/trace-replay/replay-trace.ts";
import { traceFiles } from "../../platform/trace-files.ts";
import { designOf } from "./replay-text.ts";

/** Folder with the full recordings; they are too large to bundle. Without it these tests are reported as skipped. */
const FOLDER = process.env.ASILAB_TRACES ?? "";
const present = FOLDER !== "" && existsSync(FOLDER);

// Needs the full recordings, which are not part of the package.
describe.skipIf(!present)("full recordings under async-free (ASILAB_TRACES)", () => {
  it.each([
    ["fork", 107_926, 107_090, 1151],
    ["net", 56_482, 55_033, 166],
    ["pageio", 129_045, 99_299, 7233],
    ["frag", 58_425, 53_873, 1981],
    ["pageioxfs612", 72_508, 42_291, 24],
  ] as const)(
    "%s holds every claim, and no request diverges",
    async (name, allocs, frees, untraced) => {
      const { open, sideFiles } = await traceFiles(join(FOLDER, `${name}.trace.gz`));
      const result = await replayTrace(open, sideFiles, designOf("async-free"), { file: name });
      expect(result.violations).toEqual([]);
      expect(result.verdict).toBe("holds");
      expect(result.vacuous).toEqual([]);
      expect(result.fates).toMatchObject({ allocs, frees, untraced, diverged: 0, outside: 0 });
    },
    60_000,
  );
});
