import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fidelityMarkdown } from "../../harness/fidelity/fidelity-markdown.ts";
import { type FidelityRun, runFidelity } from "../../harness/fidelity/fidelity-run.ts";
import { meets } from "../../harness/fidelity/figure.ts";
import type { ReplayMode } from "../../harness/trace-replay/options.ts";
import { findDesign } from "../../index.ts";
import { traceFiles } from "../../platform/trace-files.ts";

const FOLDER = process.env.ASILAB_TRACES ?? "";
const present = FOLDER !== "" && existsSync(FOLDER);

async function run(folder: string, name: string, mode: ReplayMode): Promise<FidelityRun> {
  const source = await traceFiles(join(folder, `${name}.trace.gz`));
  const text = (moment: string, file: string) => {
    const path = join(folder, `${name}.${moment}`, file);
    return existsSync(path) ? { file: path, text: readFileSync(path, "utf8") } : undefined;
  };
  const texts = (entries: readonly (readonly [string, { file: string; text: string } | undefined])[]) =>
    Object.fromEntries(entries.filter(([, told]) => told !== undefined));
  const before = texts([
    ["zoneinfo", text("before", "zoneinfo")],
    ["pagetypeinfo", text("before", "pagetypeinfo")],
    ["meminfo", text("before", "meminfo")],
    ["sysctl", text("sys", "sysctl-vm")],
  ]);
  const after = texts([
    ["zoneinfo", text("after", "zoneinfo")],
    ["buddyinfo", text("after", "buddyinfo")],
  ]);
  const recording = { ...source, file: name, sideFiles: { ...source.sideFiles, before } };
  return runFidelity(findDesign("no-asi"), recording, after, mode);
}

function figure({ figures }: FidelityRun, name: string): readonly [number, number] {
  const found = figures.find((each) => each.name === name);
  return [found?.kernel ?? -1, found?.model ?? -1];
}

describe("the bundled recording fork-60k", () => {
  it.each(["as-recorded", "closed-loop"] as const)("%s is refilled as the kernel was, block by block", async (mode) => {
    const found = await run("samples", "fork-60k", mode);
    expect(figure(found, "refills")).toEqual([59, 59]);
    expect(figure(found, "drains")).toEqual([0, 0]);
    expect(figure(found, "extfrag fallbacks")).toEqual([0, 0]);
    expect(figure(found, "free pages at the end, DMA32")).toEqual([138_508, 138_508]);
    expect(found.figures.filter((each) => meets(each) === "missed")).toEqual([]);
    expect(found.divergedShare).toBe(0);
    expect(found.replay.verdict).toBe("holds");
    expect(found.replay.fates).toMatchObject({ allocs: 17_065, frees: 16_449, untraced: 0, dropped: 0 });
  });

  it("makes the same page twice, with every target met and the missing recordings named", async () => {
    const page = async () => {
      const runs = [await run("samples", "fork-60k", "as-recorded")];
      return fidelityMarkdown({ runs, byCallsAlone: [], inputs: [], missing: ["frag"] });
    };
    const [first, second] = [await page(), await page()];
    expect(first).toBe(second);
    expect(first).toContain("## Targets missed\n\nNone.");
    expect(first).toContain("Missing here: `frag`");
  });
});

// Needs the full recordings, which are not part of the package.
describe.skipIf(!present)("full recordings left to the model (ASILAB_TRACES)", () => {
  it.each([
    ["fork", [827, 827], [0, 0], [1, 1]],
    ["net", [10_682, 10_682], [8992, 9006], [2, 2]],
    ["frag", [45_419, 45_349], [42_467, 36_478], [11, 11]],
    ["pageio", [113_320, 109_887], [90_830, 78_938], [22, 22]],
    ["pageioxfs612", [53_233, 53_171], [23_363, 23_302], [2, 2]],
  ] as const)(
    "%s as recorded: refills, drains and fallbacks, kernel and model",
    async (name, refills, drains, extfrag) => {
      const found = await run(FOLDER, name, "as-recorded");
      expect(figure(found, "refills")).toEqual(refills);
      expect(figure(found, "drains")).toEqual(drains);
      expect(figure(found, "extfrag fallbacks")).toEqual(extfrag);
      expect(found.replay.verdict).toBe("holds");
    },
    60_000,
  );

  it("pageio in a closed loop meets refills, drains and fallbacks with the model's own reclaim", async () => {
    const found = await run(FOLDER, "pageio", "closed-loop");
    const judged = found.figures.filter(({ name }) => /^(refills|drains|extfrag fallbacks)$/.test(name));
    expect(judged.map(meets)).toEqual(["met", "met", "met"]);
    expect(found.divergedShare).toBeLessThan(0.05);
  }, 60_000);
});
