import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findDesign, parseScope, writeCounterexample } from "../../index.ts";
import { JSON_SCHEMAS } from "../../report/json-schema.ts";
import { randomViolation } from "../../tools/random-violation.ts";
import { freshFolder, invoke } from "./invoke.ts";

/** The file of a random run that nobody made small. */
async function violating(folder: string): Promise<string> {
  const options = { runs: 50, steps: 2000, seed: 1 };
  const found = randomViolation(findDesign("canary-no-zero"), parseScope("cpus=4,pages=64"), "S1", options);
  return found === undefined ? "" : writeCounterexample(found.run, folder);
}

describe("asilab shrink", () => {
  const folder = freshFolder();
  let file = "";
  beforeAll(async () => {
    file = await violating(folder);
  });

  it("prints a line for each stage, what to believe, the timeline, and exits with the claim's code", async () => {
    const { code, out } = await invoke(["shrink", file, "--out", join(folder, "small")]);
    expect(code).toBe(12);
    expect(out).toMatch(/^stage {6}lines {2}steps {3}scope\nas read /);
    expect(out.replaceAll(/\s+/g, " ")).toContain("proven shortest in this scope: a search saw every shorter run");
    expect(out).toContain("scope: cpus=2,pages=4,geometry=small,mms=2,");
    expect(out).toMatch(/canary-no-zero-S1-[0-9a-f]{8}\.itf\.json\n\nexit 12\n$/);
    expect(
      Math.max(
        ...out
          .split("\n")
          .slice(0, 12)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });

  it("writes a run that replays as it was written, and that it cannot make smaller", async () => {
    const first = JSON_SCHEMAS.shrink.parse(
      JSON.parse((await invoke(["shrink", file, "--json", "--out", folder])).out),
    );
    expect(first).toMatchObject({ answer: "smaller", after: { steps: 18, events: 3 }, verdict: "violated" });
    expect((await invoke(["replay", first.file ?? ""])).out).toContain("reproduced: all 18 steps");
    const again = await invoke(["shrink", first.file ?? "", "--json", "--out", folder]);
    expect(JSON.parse(again.out)).toMatchObject({ answer: "as-small-as-it-gets", file: first.file });
  });

  it("names the first divergence of a run that violates nothing any more, and exits 14", async () => {
    const stored = JSON.parse(readFileSync(file, "utf8")) as {
      "#meta": { run: { action: { kind: string; order?: number } }[] };
    };
    for (const { action } of stored["#meta"].run) if (action.kind === "alloc") action.order = 9;
    const stale = join(folder, "stale.itf.json");
    writeFileSync(stale, JSON.stringify(stored));
    const { code, out } = await invoke(["shrink", stale, "--out", folder]);
    expect(code).toBe(14);
    expect(out).toContain("first divergence at step ");
    expect(out).toContain("nothing to make smaller");
    const document = JSON_SCHEMAS.shrink.parse(JSON.parse((await invoke(["shrink", stale, "--json"])).out));
    expect(document).toMatchObject({ answer: "diverged", verdict: "unknown", exitCode: 14 });
  });
});
