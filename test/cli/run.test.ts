import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { counterexampleFileSchema } from "../../harness/counterexample-schema.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import { JSON_SCHEMAS } from "../../report/json-schema.ts";
import { freshFolder, invoke } from "./invoke.ts";

const SMALL = ["--scope", "cpus=2,pages=8,calls=2+2"];
const COLOUR = "\u001b[";

describe("verify", () => {
  it("finds canary-forget-one-cpu, exits 12, and prints a timeline of 4 events with the replay command", async () => {
    const out = freshFolder();
    const told = await invoke(["verify", "canary-forget-one-cpu", ...SMALL, "--out", out]);
    expect(told.code).toBe(12);
    expect(told.out).toContain("length: 4 events, 29 steps; proven shortest in this scope (search)");
    expect(told.out).toContain(`replay: npx asilab replay \\\n  ${out}/canary-forget-one-cpu-S1-e614a8c8.itf.json\n`);
    expect(told.out.trimEnd().split("\n").at(-1)).toContain("exit 12 (safety)");
  });

  it("writes the same bytes twice, but for timing", async () => {
    const argv = ["verify", "canary-no-zero", ...SMALL, "--json", "--out", freshFolder()];
    let clock = 0;
    const first = await invoke(argv, { nowMs: () => clock++ });
    const second = await invoke(argv, { nowMs: () => (clock += 1000) });
    expect(withoutTiming(first.out)).toBe(withoutTiming(second.out));
    expect(JSON.parse(first.out)).not.toEqual(JSON.parse(second.out));
  });

  it("answers unknown at a limit: exit 0 with a last line that says so, 22 with --require-complete", async () => {
    const argv = ["verify", "async-free", ...SMALL, "--max-states", "1000"];
    const open = await invoke(argv);
    expect(open.code).toBe(0);
    expect(open.out.trimEnd().split("\n").at(-1)).toContain("NOT COMPLETE: unknown verdicts for async-free");
    expect((await invoke([...argv, "--require-complete"])).code).toBe(22);
  });

  it("stops by the clock guard with verdict unknown", async () => {
    let clock = 0;
    const nowMs = () => (clock += 2000);
    const told = await invoke(["verify", "async-free", ...SMALL, "--max-seconds", "5", "--json"], { nowMs });
    expect(JSON.parse(told.out)).toMatchObject({ verdict: "unknown", exitCode: 0 });
  });

  it("exits 130 when interrupted, and still reports what was done", async () => {
    const told = await invoke(["verify", "async-free", ...SMALL, "--json"], { interrupted: () => true });
    expect(told.code).toBe(130);
    expect(JSON.parse(told.out)).toMatchObject({ verdict: "unknown", exitCode: 130 });
  });

  it("explores the specification when no design is named", async () => {
    const told = await invoke(["verify", "--scope", "cpus=2,pages=2", "--json"]);
    expect(told.code).toBe(0);
    expect(JSON.parse(told.out)).toMatchObject({
      verb: "verify",
      designs: [{ id: "specification", verdict: "holds" }],
    });
  });
});

describe("a folder that cannot be written", () => {
  it("costs the file and not the verdict: the report is whole, stderr says which file, exit 2", async () => {
    const told = await invoke(["verify", "canary-no-zero", ...SMALL, "--out", "README.md"]);
    expect(told.code).toBe(2);
    expect(told.err).toContain("asilab: error FILE-UNWRITABLE: README.md/canary-no-zero-S1-");
    expect(told.out).toContain("length: 3 events, 18 steps");
    expect(told.out).not.toContain("replay: npx asilab replay");
    expect(told.out.trimEnd().split("\n").at(-1)).toContain("exit 2 (usage)");
  });
});

describe("a folder below /proc", () => {
  it("is refused like any other that cannot be made", async () => {
    const told = await invoke(["verify", "canary-two-lists", ...SMALL, "--out", "/proc/asilab/out"]);
    expect(told.code).toBe(2);
    expect(told.err).toContain("asilab: error FILE-UNWRITABLE: /proc/asilab/out/");
  });
});

describe("a search that was stopped", () => {
  it("counts no unknown verdict as declared, and blames no step that it had no time to run", async () => {
    let asked = 0;
    const told = await invoke(["check"], { interrupted: () => ++asked > 60 });
    expect(told.code).toBe(130);
    expect(told.out).not.toContain("no engine ever ran");
    const asDeclared = told.out.split("\n").filter((line) => /^[a-z0-9-]+ +(holds|violated\*) /.test(line)).length;
    expect(told.out.trimEnd().split("\n").at(-1)).toContain(
      `; ${asDeclared} of ${DESIGNS.length + 1} verdicts are as declared; NOT COMPLETE`,
    );
  });

  it("says at which limit, in words", async () => {
    const argv = ["verify", "async-free", ...SMALL];
    const limited = await invoke([...argv, "--max-states", "1000"]);
    expect(limited.out.replaceAll(/\s+/g, " ")).toContain("stopped at the limit of states");
    const stopped = await invoke(argv, { interrupted: () => true });
    expect(stopped.out.replaceAll(/\s+/g, " ")).toContain("stopped by the clock or by an interrupt");
  });

  it("leaves a trace's verdicts and their evidence unknown", async () => {
    const told = await invoke(["trace", "replay", "samples/net-20k.trace.gz"], { interrupted: () => true });
    expect(told.code).toBe(130);
    expect(told.out).toContain("BOUNDED (stopped after ");
    expect(told.out).not.toContain("SAMPLED: one recorded run");
    expect(told.out.trimEnd().split("\n").at(-1)).toMatch(/^interrupted: .*exit 130 \(interrupted\)$/);
  });
});

describe("check", () => {
  it("judges canary-two-lists by every engine: exits 12, and every counterexample has its file", async () => {
    const out = freshFolder();
    const told = await invoke(["check", "canary-two-lists", "--json", "--out", out]);
    expect(told.code).toBe(12);
    const json = JSON_SCHEMAS.checking.parse(JSON.parse(told.out));
    expect(json.designs.map(({ id, verdict, expected }) => [id, verdict, expected])).toEqual([
      ["canary-two-lists", "violated", "violated"],
    ]);
    const engines = json.designs[0]?.claims.find((claim) => claim.id === "S17")?.evidence.map(({ engine }) => engine);
    expect(engines).toEqual(["search", "fuzz", "trace"]);
    expect(json.counterexamples.map(({ claim, file }) => [claim, file])).toEqual([
      ["S17", `${out}/${readdirSync(out)[0]}`],
    ]);
  });

  it("counts a canary that the clock guard left out as survival, and a design as unknown", async () => {
    let clock = 0;
    const told = await invoke(["check", "--max-seconds", "1", "--json"], { nowMs: () => (clock += 5000) });
    const json = JSON_SCHEMAS.checking.parse(JSON.parse(told.out));
    expect(told.code).toBe(20);
    expect(json.designs.find(({ id }) => id === "async-free")?.verdict).toBe("unknown");
  });
});

describe("replay", () => {
  it("reproduces a written file digest by digest and exits with the claim's code", async () => {
    const out = freshFolder();
    await invoke(["verify", "canary-lost-wakeup", ...SMALL, "--out", out]);
    const [name = ""] = readdirSync(out);
    const told = await invoke(["replay", join(out, name)]);
    expect(told.code).toBe(13);
    expect(told.out).toContain("reproduced: all 37 steps alike by digest and state; L4 is violated again");
    const json = await invoke(["replay", join(out, name), "--json"]);
    expect(JSON_SCHEMAS.replay.parse(JSON.parse(json.out))).toMatchObject({ answer: "reproduced", stepsDone: 37 });
  });
});

describe("fuzz", () => {
  it("finds canary-no-zero, prints the command that finds it again, and that command does", async () => {
    const out = freshFolder();
    const told = await invoke(["fuzz", "canary-no-zero", "--runs", "5", "--steps", "300", "--out", out]);
    expect(told.code).toBe(12);
    const again = /^repeat: npx asilab (.*)$/m.exec(told.out)?.[1] ?? "";
    expect((await invoke([...again.split(" "), "--out", out])).code).toBe(12);
  });

  it("finds nothing in async-free and never calls that proven", async () => {
    const told = await invoke(["fuzz", "async-free", "--runs", "5", "--steps", "300"]);
    expect(told.code).toBe(0);
    expect(told.out).toContain("SAMPLED: no violation in 5 runs");
  });
});

describe("every JSON document fits its schema", () => {
  it.each([
    ["checking", ["verify", "canary-two-lists", ...SMALL, "--out", freshFolder()]],
    ["checking", ["verify", "no-asi", ...SMALL]],
    ["checking", ["verify", "--scope", "cpus=1,pages=1"]],
    ["checking", ["fuzz", "canary-no-zero", "--runs", "3", "--steps", "200", "--out", freshFolder()]],
    ["trace-stat", ["trace", "stat", "samples/net-20k.trace.gz"]],
    ["trace-replay", ["trace", "replay", "samples/net-20k.trace.gz"]],
    ["designs", ["designs"]],
    ["claims", ["claims"]],
  ] as const)("%s: %j", async (schema, argv) => {
    const { out, code } = await invoke([...argv, "--json"]);
    const json = JSON.parse(out);
    expect(JSON_SCHEMAS[schema].parse(json)).toMatchObject({ tool: "asilab", schema: 1, exitCode: code });
  });

  it("counterexample: every file that verify writes", async () => {
    const out = freshFolder();
    await invoke(["verify", "canary-keeps-mapped", ...SMALL, "--out", out]);
    const files = readdirSync(out);
    expect(files).toHaveLength(6);
    for (const file of files) counterexampleFileSchema.parse(JSON.parse(readFileSync(join(out, file), "utf8")));
  });
});

describe("colour", () => {
  const verb = ["verify", "no-asi", ...SMALL];

  it("is absent from a pipe", async () => {
    expect((await invoke(verb)).out).not.toContain(COLOUR);
  });

  it("is there on a terminal, not with NO_COLOR, and again with --color", async () => {
    expect((await invoke(verb, { outIsTty: true })).out).toContain(COLOUR);
    expect((await invoke(verb, { outIsTty: true, env: { NO_COLOR: "1" } })).out).not.toContain(COLOUR);
    expect((await invoke([...verb, "--no-color"], { outIsTty: true })).out).not.toContain(COLOUR);
    expect((await invoke([...verb, "--color"], { env: { NO_COLOR: "1" } })).out).toContain(COLOUR);
  });
});

describe("help", () => {
  it("goes down to a verb of a verb, whose examples are its own alone", async () => {
    const told = await invoke(["help", "trace", "replay"]);
    expect(told.code).toBe(0);
    expect(told.out).toContain("Usage: asilab trace replay [options] <file>");
    expect(told.out.split("Examples:")).toHaveLength(2);
  });

  it.each(["check", "verify", "fuzz", "replay", "trace", "designs", "claims"])(
    "%s --help begins with examples and exits 0",
    async (verb) => {
      const told = await invoke([verb, "--help"]);
      expect(told).toMatchObject({ code: 0, err: "" });
      expect(told.out).toMatch(/^Examples:\n/);
    },
  );

  it("exit-codes lists all twelve codes and their precedence", async () => {
    const { out, code } = await invoke(["help", "exit-codes"]);
    expect(code).toBe(0);
    expect([...out.matchAll(/^ *(\d+) {2}/gm)].map((match) => Number(match[1]))).toEqual([
      0, 2, 10, 11, 12, 13, 14, 20, 21, 22, 130, 255,
    ]);
    expect(out).toContain("255, 130, 2, 21, 12, 14, 11, 13, 10, 20, 22");
  });

  it("is printed, on stdout, when nothing is asked", async () => {
    expect(await invoke([])).toMatchObject({ code: 0, err: "" });
  });
});

describe("progress", () => {
  it("goes to stderr: one line per ten seconds in a pipe, a live line on a terminal that is taken away", async () => {
    let clock = 0;
    const slow = { nowMs: () => (clock += 4000) };
    const piped = await invoke(["verify", "canary-two-lists", ...SMALL, "--out", freshFolder()], slow);
    expect(piped.err).toMatch(/^(?:canary-two-lists: \d+ states, level \d+, \d+ waiting\n)+$/);
    const live = await invoke(["verify", "canary-two-lists", ...SMALL, "--out", freshFolder()], {
      ...slow,
      errIsTty: true,
    });
    expect(live.err.endsWith("\r\u001b[K")).toBe(true);
  });
});

function withoutTiming(text: string): string {
  return text.replace(/"timing": \{[^}]*\}/, "");
}
