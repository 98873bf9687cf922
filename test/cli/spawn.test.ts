import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { freshFolder } from "./invoke.ts";

const MAIN = "dist/cli/main.js";
const SOURCES = ["model", "machines", "properties", "impl", "checker", "harness", "platform", "cli", "report"];

/** What users run is the build: made here when it is missing or older than a source. */
beforeAll(() => {
  const built = existsSync(MAIN) ? statSync(MAIN).mtimeMs : 0;
  const newest = Math.max(...SOURCES.flatMap((folder) => filesOf(folder)).map((path) => statSync(path).mtimeMs));
  if (newest <= built) return;
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
  expect(tsc.status, String(tsc.stdout)).toBe(0);
}, 120_000);

describe("the built command", () => {
  it("judges canary-forget-one-cpu: exit 12, no colour in a pipe, and replay of its file exits 12", () => {
    const out = freshFolder();
    const told = asilab("verify", "canary-forget-one-cpu", "--scope", "cpus=2,pages=8,calls=2+2", "--out", out);
    expect(told).toMatchObject({ status: 12, stderr: "" });
    expect(told.stdout).not.toContain("\u001b");
    const file = readdirSync(out).find((name) => name.includes("-S1-")) ?? "";
    expect(asilab("replay", join(out, file))).toMatchObject({ status: 12 });
  });

  it("says what is wrong with its input from inside the thread as well: exit 2, nothing on stdout", () => {
    const told = asilab("trace", "replay", "package.json");
    expect(told).toMatchObject({ status: 2, stdout: "" });
    expect(told.stderr).toMatch(/^asilab: error TRACE-[A-Z-]+: /);
  });

  it("replays a trace from standard input as it does from a file", () => {
    const input = gunzipSync(readFileSync("samples/net-20k.trace.gz"));
    const argv = [MAIN, "trace", "replay", "-", "--json"];
    const { status, stdout } = spawnSync(process.execPath, argv, { input, encoding: "utf8" });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ replay: { facts: { file: "standard input", events: 19_988 } } });
  });

  it("reads a zstd trace of perf from standard input as it does from a file, and refuses half of one", () => {
    const input = readFileSync("test/fixtures/zstd/perf-script.txt.zst");
    const stat = (bytes: Uint8Array) =>
      spawnSync(process.execPath, [MAIN, "trace", "stat", "-", "--json"], { input: bytes, encoding: "utf8" });
    expect(JSON.parse(stat(input).stdout)).toMatchObject({ stat: { format: "perf", events: 50 } });
    const cut = stat(input.subarray(0, 400));
    expect(cut).toMatchObject({ status: 2, stdout: "" });
    expect(cut.stderr).toMatch(/^asilab: error ZST-TRUNCATED: standard input: /);
  });

  it("hears SIGINT in the middle of a search, reports what was done, and exits 130", async () => {
    const { code, out } = await interrupted([1_500, 6_000, 20_000]);
    expect(code).toBe(130);
    expect(out).toContain("interrupted: this is what was done until then");
  });

  // A system without /dev/full (only Linux has it) offers no disk that is full at once.
  it.skipIf(!existsSync("/dev/full"))("says so when its report cannot be written, and exits 2", () => {
    const full = openSync("/dev/full", "w");
    const told = spawnSync(process.execPath, [MAIN, "claims"], { stdio: ["ignore", full, "pipe"], encoding: "utf8" });
    closeSync(full);
    expect(told.status).toBe(2);
    expect(told.stderr).toMatch(
      /^asilab: error OUTPUT-UNWRITABLE: standard output cannot be written \(ENOSPC\)\n {2}try: /,
    );
  });

  it("does not mind a reader that goes away", async () => {
    const child = spawn(process.execPath, [MAIN, "claims", "--json"]);
    child.stdout.destroy();
    const err: string[] = [];
    child.stderr.on("data", (data: Buffer) => err.push(data.toString()));
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(err).toEqual([]);
  });
});

function asilab(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...argv], { encoding: "utf8" });
  return { status, stdout, stderr };
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Interrupts a long search after the first delay that lets the process come up; on a busy machine that takes its time. */
async function interrupted(delaysMs: readonly number[]): Promise<{ code: number | null; out: string }> {
  let last: { code: number | null; out: string } = { code: null, out: "" };
  for (const delay of delaysMs) {
    const child = spawn(process.execPath, [MAIN, "verify", "async-free", "--scope", "cpus=3,pages=8,calls=3+3+3"]);
    const out: string[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data.toString()));
    setTimeout(() => child.kill("SIGINT"), delay);
    const code = await new Promise<number | null>((resolve) => child.on("close", (status) => resolve(status)));
    last = { code, out: out.join("") };
    if (code !== null) return last;
  }
  return last;
}
