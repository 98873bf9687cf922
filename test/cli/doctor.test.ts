import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canRun, findings } from "../../platform/doctor-findings.ts";
import { type HostFacts, hostFacts, PROGRAMS } from "../../platform/doctor-host.ts";
import { doctorText } from "../../report/doctor-text.ts";
import { inkFor } from "../../report/ink.ts";
import { JSON_SCHEMAS } from "../../report/json-schema.ts";
import { freshFolder, invoke } from "./invoke.ts";

const WELL: HostFacts = {
  platform: "linux",
  node: "20.19.0",
  cpus: 4,
  memory: 16_384,
  memoryFree: 8_000,
  workerThreads: true,
  out: { folder: "asilab-out", access: "ok", freeMiB: 1000 },
  programs: new Set(PROGRAMS),
  tracefs: "ok",
  columns: 80,
  outIsTty: true,
  env: { LANG: "en_GB.UTF-8", TERM: "xterm" },
  samples: [{ file: "samples/net-20k.trace.gz", found: "ok" }],
  packageMissing: [],
};

const missing = (facts: Partial<HostFacts>): string[] =>
  findings({ ...WELL, ...facts })
    .filter(({ status }) => status === "missing")
    .map(({ what }) => what);

describe("what a machine lacks", () => {
  it("is nothing on a machine that has all", () => {
    expect(missing({})).toEqual([]);
    expect(canRun(findings(WELL))).toBe(true);
  });

  const needed: readonly [string, Partial<HostFacts>][] = [
    ["Node", { node: "20.18.3" }],
    ["Node", { node: "18.20.0" }],
    ["memory", { memory: 1000 }],
    ["worker threads", { workerThreads: false }],
    ["output", { out: { folder: "/", access: "refused", freeMiB: 1000 } }],
    ["output", { out: { folder: "full", access: "ok", freeMiB: 1 } }],
    ["samples", { samples: [{ file: "samples/net-20k.trace.gz", found: "changed" }] }],
    ["package", { packageMissing: ["dist/index.js"] }],
  ];
  it.each(needed)("includes %s, without which the main job cannot run", (what, facts) => {
    expect(missing(facts)).toContain(what);
    expect(canRun(findings({ ...WELL, ...facts }))).toBe(false);
  });

  const useful: readonly [string, Partial<HostFacts>][] = [
    ["CPUs", { cpus: 1 }],
    ["deep runs", { memory: 4096 }],
    ["terminal", { columns: 60 }],
    ["colour", { env: { ...WELL.env, TERM: "dumb" } }],
    ["UTF-8", { env: { LC_ALL: "C", LANG: "en_GB.UTF-8" } }],
    ["tracefs", { tracefs: "refused" }],
    ["spin", { programs: new Set(PROGRAMS.filter((name) => name !== "spin")) }],
  ];
  it.each(useful)("includes %s, which is of use and not needed", (what, facts) => {
    expect(missing(facts)).toEqual([what]);
    expect(canRun(findings({ ...WELL, ...facts }))).toBe(true);
  });

  it("says of each what it serves and what to type, and of nothing else", () => {
    const bare = { ...WELL, programs: new Set<string>(), tracefs: "missing" as const, node: "16.0.0", cpus: 1 };
    for (const { status, serves, install } of findings(bare)) {
      expect([serves !== undefined, install !== undefined]).toEqual([status === "missing", status === "missing"]);
    }
  });

  it("is told in 80 columns", () => {
    const told = doctorText(findings({ ...WELL, node: "16.0.0", programs: new Set() }), "last", inkFor(false));
    expect(told).toContain("  missing  Node            16.0.0\n");
    expect(told).toContain("get: apt install trace-cmd\n");
    expect(Math.max(...told.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("this machine", () => {
  it("starts threads, has intact samples, every dependency, and room for output", async () => {
    const facts = await hostFacts(join(freshFolder(), "not", "yet"), false);
    expect(facts).toMatchObject({ workerThreads: true, out: { access: "ok" } });
    expect(facts.samples).toHaveLength(3);
    expect(facts.samples.every(({ found }) => found === "ok")).toBe(true);
    expect(facts.packageMissing.filter((part) => !part.startsWith("dist/"))).toEqual([]);
  });

  it("cannot write into a folder below a file", async () => {
    const file = join(freshFolder(), "file");
    writeFileSync(file, "");
    const { out } = await hostFacts(join(file, "out"), false);
    expect(out.access).not.toBe("ok");
  });

  it("answers doctor with a document that its schema accepts, and an exit code that says whether it can run", async () => {
    const told = await invoke(["doctor", "--json"]);
    const document = JSON_SCHEMAS.doctor.parse(JSON.parse(told.out));
    expect(told.code).toBe(document.canRun ? 0 : 2);
    expect(document.findings.map(({ what }) => what)).toEqual(findings(WELL).map(({ what }) => what));
  });

  it("prints the same as text, ended by what to believe", async () => {
    const told = await invoke(["doctor"]);
    expect(told.out.trimEnd().split("\n").at(-1)).toMatch(
      /^asilab can(not)? do its main job here; .*exit [02]|main job here: /,
    );
  });
});
