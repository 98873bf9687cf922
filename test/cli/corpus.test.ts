import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { JSON_SCHEMAS } from "../../report/json-schema.ts";
import { freshFolder, invoke } from "./invoke.ts";

const BUNDLED = "test/fixtures/corpus";
const SMALL = ["--scope", "cpus=2,pages=4,calls=1+2"];
const OUT = freshFolder();

function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), "asilab-corpus-"));
  cpSync(BUNDLED, folder, { recursive: true });
  return folder;
}

function edit(folder: string, change: (entry: Record<string, unknown>) => void, file = "S1-ae055a60.json"): void {
  const entry = JSON.parse(readFileSync(join(folder, file), "utf8"));
  change(entry);
  writeFileSync(join(folder, file), JSON.stringify(entry));
}

const expecting = (rows: Record<string, string>) => (entry: Record<string, unknown>) => {
  entry.expectations = rows;
};

describe("corpus add", () => {
  const found = () => readdirSync(OUT).find((file) => file.startsWith("canary-no-zero-S1-")) ?? "";
  beforeAll(async () => {
    await invoke(["verify", "canary-no-zero", ...SMALL, "--out", OUT]);
  });

  it("writes one entry, and nothing when the same failure comes again", async () => {
    const dir = join(freshFolder(), "corpus");
    const argv = ["corpus", "add", join(OUT, found()), "--dir", dir];
    const first = await invoke(argv);
    expect([first.code, first.out]).toEqual([
      0,
      `added ${dir}/S1-ae055a60.json: S1-ae055a60b7592673, expected to be violated by canary-no-zero\n`,
    ]);
    const text = readFileSync(join(dir, "S1-ae055a60.json"), "utf8");
    expect((await invoke(argv)).out).toContain("nothing to add");
    expect(readdirSync(dir)).toEqual(["S1-ae055a60.json"]);
    expect(readFileSync(join(dir, "S1-ae055a60.json"), "utf8")).toBe(text);
  });

  it("adds a row to a known failure that another design shows, and keeps a note", async () => {
    const dir = copied();
    edit(dir, expecting({ "async-free": "holds" }));
    const told = await invoke(["corpus", "add", join(OUT, found()), "--dir", dir, "--note", "by hand", "--json"]);
    const document = JSON_SCHEMAS.corpus.parse(JSON.parse(told.out));
    expect(document.added?.map(({ did }) => did)).toEqual(["row"]);
    const entry = JSON.parse(readFileSync(join(dir, "S1-ae055a60.json"), "utf8"));
    expect(entry).toMatchObject({
      note: "by hand",
      expectations: { "async-free": "holds", "canary-no-zero": "violated" },
    });
  });

  it("refuses a run that violates nothing today", async () => {
    const file = JSON.parse(readFileSync(join(OUT, found()), "utf8"));
    const run = { ...file, "#meta": { ...file["#meta"], design: "async-free" } };
    const path = join(OUT, "edited.itf.json");
    writeFileSync(path, JSON.stringify(run));
    const told = await invoke(["corpus", "add", path, "--dir", join(freshFolder(), "corpus")]);
    expect(told.code).toBe(2);
    expect(told.err).toContain("error CORPUS-HOLDS");
  });
});

describe("corpus run", () => {
  it("meets every expectation of the bundled corpus and exits 0", async () => {
    const told = await invoke(["corpus", "run", "--dir", BUNDLED]);
    expect(told.code).toBe(0);
    expect(told.out).toContain("  holds     async-free                EXHAUSTIVE over schedules (72 states)\n");
    expect(told.out).toContain("  violated  canary-no-zero            as expected: the recorded run (18 steps)\n");
    expect(told.out.trimEnd().split("\n").at(-1)).toMatch(
      /^6 known failures; .*every expectation is met; exit 0 \(ok\)$/,
    );
  });

  it("exits 20 when a bug that was gone is back, and says where; --record accepts it", async () => {
    const dir = copied();
    edit(dir, expecting({ "canary-no-zero": "holds" }));
    const out = freshFolder();
    const told = await invoke(["corpus", "run", "--dir", dir, "--out", out]);
    expect(told.code).toBe(20);
    expect(told.out).toContain("EXPECTED holds: the recorded run (18");
    expect(told.out).toContain("1 not as expected");
    expect(readdirSync(out)).toEqual(["canary-no-zero-S1-602dcde7.itf.json"]);
    const recorded = await invoke(["corpus", "run", "--dir", dir, "--record", "--out", out]);
    expect([recorded.code, (await invoke(["corpus", "run", "--dir", dir])).code]).toEqual([0, 0]);
  });

  it("judges a named design: 12 if it has one of the bugs, 0 if none", async () => {
    const out = freshFolder();
    expect((await invoke(["corpus", "run", "canary-no-zero", "--dir", BUNDLED, "--out", out])).code).toBe(12);
    expect((await invoke(["corpus", "run", "async-free", "flip-probe", "--dir", BUNDLED, "--out", out])).code).toBe(0);
  });

  it("is unknown at a limit, which meets holds, and 22 if completeness is required", async () => {
    const argv = ["corpus", "run", "batch-probe", "--dir", BUNDLED, "--max-states", "10"];
    const told = await invoke([...argv, "--json"]);
    const document = JSON_SCHEMAS.corpus.parse(JSON.parse(told.out));
    expect([told.code, document.verdict, document.unmet]).toEqual([0, "unknown", []]);
    expect((await invoke([...argv, "--require-complete"])).code).toBe(22);
  });

  it("says the same twice, but for timing", async () => {
    const told = async (clock: number) =>
      (await invoke(["corpus", "run", "--dir", BUNDLED, "--json"], { nowMs: () => clock })).out;
    expect(await told(1)).toBe(await told(2));
  });
});

describe("corpus list", () => {
  it("tells each failure, its size, and what is expected", async () => {
    const told = await invoke(["corpus", "list", "--dir", BUNDLED]);
    expect(told.out).toContain("test/fixtures/corpus/S1-b92e7aec.json\n  S1: cpu0 runs mm0 and reaches pfn 0");
    expect(told.out).toContain("3 calls, 29 steps; expected: asi-probe holds");
    expect(Math.max(...told.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("prints a document that its schema accepts, entry by entry", async () => {
    const told = await invoke(["corpus", "list", "--dir", BUNDLED, "--json"]);
    expect(JSON_SCHEMAS.corpus.parse(JSON.parse(told.out)).entries).toHaveLength(6);
    for (const file of readdirSync(BUNDLED)) {
      JSON_SCHEMAS["corpus-entry"].parse(JSON.parse(readFileSync(join(BUNDLED, file), "utf8")));
    }
  });

  it("never lets a stranger's note reach the terminal raw", async () => {
    const dir = copied();
    edit(dir, (entry) => {
      entry.note = "\u001b[31mred";
    });
    expect((await invoke(["corpus", "list", "--dir", dir])).out).toContain("note: ?[31mred");
  });
});

describe("a corpus that is not there", () => {
  it.each([["list"], ["run"]])("%s: exits 2 and says how to begin one", async (verb) => {
    const told = await invoke(["corpus", verb, "--dir", "no/such/folder"]);
    expect([told.code, told.out]).toEqual([2, ""]);
    expect(told.err).toBe(
      "asilab: error CORPUS-MISSING: no/such/folder: there is no such folder\n  try: asilab corpus add FILE.itf.json --dir no/such/folder\n",
    );
  });

  it("a file is no folder, and an empty name none either", async () => {
    expect((await invoke(["corpus", "list", "--dir", "package.json"])).err).toContain("CORPUS-FOLDER");
    expect((await invoke(["corpus", "list", "--dir", ""])).err).toContain("BAD-FOLDER");
  });
});
