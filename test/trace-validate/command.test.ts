import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { validateTraceFile } from "../../index.ts";
import { JSON_SCHEMAS } from "../../report/json-schema.ts";
import { invoke } from "../cli/invoke.ts";

const SAMPLE = "samples/fork-60k.trace.gz";

describe("trace validate", () => {
  it("tells a legal recording in at most 80 columns and exits 0", async () => {
    const { code, out } = await invoke(["trace", "validate", SAMPLE]);
    expect(code).toBe(0);
    expect(out).toContain("legal      59 (100.000 %), illegal 0\n");
    expect(out).toMatch(/0 of 59 buddy events illegal; exit 0 \(ok\)\n$/);
    expect(longest(out)).toBeLessThanOrEqual(80);
  });

  it("tells each illegal event with its line, the state around it and what would have been legal, and exits 14", async () => {
    const file = copyOfSample((lines) => lines.filter((_, i) => i !== 17_195));
    const { code, out } = await invoke(["trace", "validate", file]);
    expect(code).toBe(14);
    expect(out).toContain("line 17,196: mm_page_alloc_zone_locked pfn=0xcd60 order=3 migratetype=0");
    expect(out).toContain("legal would be: pfn 0xcd58 order 3, which is on Unmovable");
    expect(longest(out.replace(file, "x"))).toBeLessThanOrEqual(80);
  });

  it("takes several files, and its document follows the schema", async () => {
    const { code, out } = await invoke(["trace", "validate", SAMPLE, SAMPLE, "--json"]);
    expect(code).toBe(0);
    const document = JSON_SCHEMAS["trace-validate"].parse(JSON.parse(out));
    expect(document.verdict).toBe("holds");
    expect(document.validation).toMatchObject({ events: 118, legal: 118, illegal: 0, unnamed: 0 });
    expect(document.validation.files.map(({ file }) => file)).toEqual([SAMPLE, SAMPLE]);
  });

  it("refuses a recording without a free map of its first moment, and one that was cut off", async () => {
    const inside = await invoke(["trace", "validate", "samples/net-20k.trace.gz"]);
    expect(inside.code).toBe(2);
    expect(inside.err).toContain("TRACE-NO-FREE-MAP");
    const cut = await invoke(["trace", "validate", copyOfSample((lines) => [...lines.slice(0, 5000), "init-1  [0"])]);
    expect(cut.code).toBe(2);
    expect(cut.err).toContain("TRACE-CUT");
  });

  it("exits 20 if no event concerned the buddy lists", async () => {
    const file = copyOfSample((lines) => [...lines.filter((line) => !line.includes("zone_locked")), ""]);
    const { code, out } = await invoke(["trace", "validate", file]);
    // What is handed out although it is free contradicts; without it nothing is judged.
    expect([code, /(\d+) of (\d+) buddy events illegal/.exec(out)?.slice(1)]).toEqual([14, ["16", "16"]]);
    const nothing = copyOfSample((lines) => [...lines.filter((line) => /tracing_mark|tlb_flush|^#/.test(line)), ""]);
    expect((await invoke(["trace", "validate", nothing])).code).toBe(20);
  });
});

describe("validateTraceFile", () => {
  it("answers the same for the same bytes", async () => {
    expect(await validateTraceFile(SAMPLE)).toEqual(await validateTraceFile(SAMPLE));
  });
});

function longest(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

/** A changed copy of the sample's lines with everything that belongs beside it; its path. */
function copyOfSample(change: (lines: string[]) => string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "asilab-test-"));
  const file = join(folder, "t.trace.gz");
  const text = gunzipSync(readFileSync(SAMPLE)).toString("latin1");
  writeFileSync(file, gzipSync(change(text.split("\n")).join("\n")));
  cpSync("samples/fork-60k.meta.json", join(folder, "t.meta.json"));
  cpSync("samples/fork-60k.before", join(folder, "t.before"), { recursive: true });
  return file;
}
