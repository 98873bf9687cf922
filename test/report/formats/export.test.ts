import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { counterexampleText, readCounterexample } from "../../../harness/counterexample-file.ts";
import { freshFolder, invoke } from "../../cli/invoke.ts";
import { sampleRun } from "./sample-runs.ts";

let file = "";

beforeAll(async () => {
  const out = freshFolder();
  await invoke(["verify", "canary-forget-one-cpu", "--scope", "cpus=2,pages=8,calls=1+2", "--out", out]);
  file = join(out, readdirSync(out).find((name) => name.includes("-S1-")) ?? "");
});

/** A stored run whose last step is not possible any more. */
function stale(): string {
  return readFileSync(file, "utf8").replaceAll('"step": "hand_out"', '"step": "handed_out"');
}

describe("asilab export", () => {
  it.each([
    ["perfetto", /^\{"displayTimeUnit":"ns"/],
    ["mermaid", /^sequenceDiagram\n {2}participant cpu0 as cpu0 mm0\n/],
    ["itf", /^\{\n {2}"#meta": \{\n/],
  ])("%s of a counterexample file prints the document and exits 0", async (format, beginning) => {
    const { code, out, err } = await invoke(["export", format, file]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(beginning);
  });

  it("itf gives back the run that the file holds", async () => {
    const { out } = await invoke(["export", "itf", file]);
    const { steps } = readCounterexample(out, "exported");
    expect(steps).toEqual(readCounterexample(counterexampleText(sampleRun("deferred free")), "sample").steps);
  });

  it("promela writes the specification in the size that was asked for", async () => {
    const { code, out } = await invoke(["export", "promela", "--scope", "cpus=2,pages=1"]);
    expect(code).toBe(0);
    expect(out).toContain("active proctype product()");
    expect(out.match(/^byte cpu_\d/gm)).toHaveLength(2);
  });

  it.each([
    [["export", "mermiad", "x"], 'UNKNOWN-FORMAT: there is no format "mermiad" to export; did you mean "mermaid"?'],
    [["export", "mermaid"], "EXPORT-WHAT: mermaid is written of a counterexample"],
    [["export", "promela", "x.json"], "EXPORT-WHAT: promela is written of the specification, not of x.json"],
    [["export", "itf", "x.json", "--scope", "cpus=2"], "EXPORT-WHAT: --scope is for promela; a file has its scope"],
    [["export", "promela", "--scope", "cpu=2"], "BAD-SCOPE"],
    [
      ["replay", "x.json", "--emit", "kunti"],
      'UNKNOWN-FORMAT: a test cannot be written in "kunti"; did you mean "kunit"?',
    ],
  ])("%j is refused with what is true instead", async (argv, message) => {
    const { code, out, err } = await invoke(argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`asilab: error ${message}`);
    expect(err).toContain("\n  try: ");
  });
});

describe("asilab replay --emit", () => {
  it.each([
    ["vitest", /^import \{ replayActions \} from "asilab";\n/],
    ["kunit", /^\/\/ SPDX-License-Identifier: GPL-2.0\n/],
  ])("%s prints the test and exits 0", async (language, beginning) => {
    const { code, out, err } = await invoke(["replay", file, "--emit", language]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(beginning);
  });

  it("writes no test of a run that violates nothing on today's code, and says how to look into it", async () => {
    const folder = freshFolder();
    const path = join(folder, "stale.itf.json");
    writeFileSync(path, stale());
    const { code, out, err } = await invoke(["replay", path, "--emit", "vitest"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("on today's code the run cannot be followed beyond step 8");
    expect(err).toContain(`try: asilab replay ${path}`);
  });
});
