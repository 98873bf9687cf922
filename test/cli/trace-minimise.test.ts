import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JSON_SCHEMAS } from "../../report/json-schema.ts";
import { noisyTrace, VIOLATING_LINE } from "../trace-minimise/noisy-trace.ts";
import { freshFolder, invoke } from "./invoke.ts";

const FILE = join(freshFolder(), "noisy.trace");
writeFileSync(FILE, noisyTrace());
const NOISY = ["trace", "minimise", FILE];

describe("trace minimise", () => {
  it("writes a piece of 3 events, which trace replay finds violated, and exits as that does", async () => {
    const folder = freshFolder();
    const out = join(folder, "small.trace");
    const told = await invoke([...NOISY, "--design", "canary-keeps-mapped", "--claim", "S1", "--out", out]);
    expect(told.code).toBe(12);
    expect(told.out.replace(/\s+/g, " ")).toContain(
      `S1 at line ${VIOLATING_LINE} 464 events up to there, 3 left; no single one can be left out`,
    );
    expect(told.out).toContain(`replay: asilab trace replay ${out} --design canary-keeps-mapped\n`);
    expect(told.out.trimEnd().split("\n").at(-1)).toBe("S1 is violated; exit 12 (safety)");
    expect(readdirSync(folder)).toEqual(["small.trace"]);
    const again = await invoke(["trace", "replay", out, "--design", "canary-keeps-mapped"]);
    expect([again.code, again.out.includes("S1 violated at line")]).toEqual([12, true]);
  });

  it("prints a document that its schema accepts", async () => {
    const out = join(freshFolder(), "small.trace");
    const told = await invoke([...NOISY, "--design", "canary-two-lists", "--out", out, "--json"]);
    const document = JSON_SCHEMAS["trace-minimise"].parse(JSON.parse(told.out));
    expect(document).toMatchObject({
      verdict: "violated",
      claim: "S17",
      piece: { events: 2, file: out, minimal: true },
    });
    expect(readFileSync(out, "utf8").split("\n")).toHaveLength(15);
  });

  it("exits 0 and writes nothing where nothing is violated", async () => {
    const out = join(freshFolder(), "small.trace");
    const told = await invoke([...NOISY, "--design", "async-free", "--claim", "S1", "--out", out]);
    expect(told.code).toBe(0);
    expect(told.out).toContain("S1 is not violated by async-free on this recording");
    expect(() => readFileSync(out)).toThrow();
  });

  it.each([
    ["no design", ["--claim", "S1"], "required option"],
    ["an unknown claim", ["--design", "async-free", "--claim", "S99"], "UNKNOWN-CLAIM"],
    ["an unknown design", ["--design", "async-fre"], "UNKNOWN-DESIGN"],
  ])("refuses %s", async (_what, flags, message) => {
    const told = await invoke([...NOISY, ...flags]);
    expect([told.code, told.out]).toEqual([2, ""]);
    expect(told.err).toContain(message);
  });
});
