import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshFolder, invoke } from "./invoke.ts";

const FOLDER = freshFolder();
const GZ = readFileSync("samples/net-20k.trace.gz");

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, bytes);
  return path;
}

const CUT_GZ = file("cut.trace.gz", GZ.subarray(0, 20_000));
const BINARY = file(
  "binary.trace",
  Uint8Array.from({ length: 4096 }, (_, i) => (i * 37) & 0xff),
);
const EMPTY = file("empty.trace", "");
const LONG_LINE = file("long.trace", "x".repeat(1 << 20));

/** Bad input, the code of its message, and something the message must say. */
const CASES: readonly (readonly [argv: readonly string[], code: string, says: string])[] = [
  [["verfy"], "UNKNOWN-VERB", 'did you mean "verify"'],
  [["trace", "stats", "x"], "UNKNOWN-VERB", 'did you mean "stat"'],
  [["verify", "--scoop", "cpus=2"], "UNKNOWN-FLAG", 'did you mean "--scope"'],
  [["verify", "--scope"], "USAGE", "--scope"],
  [["fuzz"], "USAGE", "design"],
  [["trace"], "VERB-MISSING", "stat, replay, validate, minimise, record"],
  [["check", "canary-no-zero", "--out", ""], "BAD-FOLDER", "empty"],
  [["help", "trace", "replya"], "UNKNOWN-TOPIC", 'did you mean "replay"'],
  [["designs", "extra"], "USAGE", "arguments"],
  [["verify", "async-fre"], "UNKNOWN-DESIGN", 'did you mean "async-free"'],
  [["check", "async-free", "nonsense"], "UNKNOWN-DESIGN", "nonsense"],
  [["fuzz", "async-fee"], "UNKNOWN-DESIGN", 'did you mean "async-free"'],
  [["trace", "replay", "samples/net-20k.trace.gz", "--design", "x"], "UNKNOWN-DESIGN", '"x"'],
  [["check", "--against", "async-free"], "AGAINST-WHAT", "no design is named"],
  [["check", "async-free", "--against", "async-free"], "AGAINST-WHAT", "no other is named"],
  [["check", "--budget", "quik"], "UNKNOWN-BUDGET", 'did you mean "quick"'],
  [["verify", "async-free", "--scope", "cpu=2"], "BAD-SCOPE", 'did you mean "cpus"'],
  [["verify", "async-free", "--scope", "cpus=99"], "BAD-SCOPE", "1..4"],
  [["verify", "--scope", "cpus=2,calls=1+1"], "BAD-SCOPE", "cpus, pages, mms, slots, classes, nmi only"],
  [["verify", "--scope", "cpus=2,pages=64"], "SCOPE-LIMIT", "1 to 8"],
  [["verify", "--max-states", "many"], "BAD-NUMBER", "--max-states many"],
  [["fuzz", "async-free", "--strategy", "magic"], "UNKNOWN-STRATEGY", "pct"],
  [["fuzz", "async-free", "--path", "a:b"], "BAD-PATH", "a:b"],
  [["help", "exit-code"], "UNKNOWN-TOPIC", 'did you mean "exit-codes"'],
  [["trace", "stat", join(FOLDER, "none")], "FILE-MISSING", "no such file"],
  [["trace", "stat", FOLDER], "FILE-IS-DIRECTORY", "directory"],
  [["trace", "stat", EMPTY], "FILE-EMPTY", "empty"],
  [["trace", "stat", CUT_GZ], "GZ-TRUNCATED", "too early"],
  [["trace", "stat", BINARY], "TRACE-BINARY", "binary"],
  [["trace", "stat", LONG_LINE], "TRACE-LINE-TOO-LONG", "line"],
  [["trace", "replay", FOLDER], "FILE-IS-DIRECTORY", "directory"],
  [["trace", "replay", EMPTY], "FILE-EMPTY", "empty"],
  [["trace", "replay", CUT_GZ], "GZ-TRUNCATED", "too early"],
  [["trace", "replay", BINARY], "TRACE-BINARY", "binary"],
  [["trace", "replay", LONG_LINE], "TRACE-LINE-TOO-LONG", "line"],
  [["replay", join(FOLDER, "none")], "FILE-MISSING", "no such file"],
  [["replay", FOLDER], "FILE-IS-DIRECTORY", "directory"],
  [["replay", EMPTY], "FILE-EMPTY", "empty"],
  [["replay", CUT_GZ], "GZ-TRUNCATED", "too early"],
  [["replay", BINARY], "CEX-NOT-JSON", "not JSON"],
  [["replay", LONG_LINE], "CEX-NOT-JSON", "not JSON"],
  [["replay", "package.json"], "CEX-FORMAT", "not a counterexample"],
];

describe("bad input ends with exit code 2, one message on stderr and nothing on stdout", () => {
  it.each(CASES.map(([argv, code, says]) => ({ line: argv.join(" ").replaceAll(FOLDER, "DIR"), argv, code, says })))(
    "$code: asilab $line",
    async ({ argv, code, says }) => {
      const { code: exit, out, err } = await invoke(argv);
      expect({ exit, out }).toEqual({ exit: 2, out: "" });
      expect(err).toMatch(new RegExp(`^asilab: error ${code}: [^\n]+\n {2}try: [^\n]+\n$`));
      expect(err).toContain(says);
    },
  );

  it("says the same with --json, and prints no partial document", async () => {
    expect(await invoke(["trace", "stat", CUT_GZ, "--json"])).toMatchObject({ code: 2, out: "" });
  });

  it("shows no control character of a stranger's text", async () => {
    const { err } = await invoke(["verify", "\u001b[31mred\u0007"]);
    expect([...err].filter((character) => character < " " && character !== "\n")).toEqual([]);
  });
});

describe("a bug of ours", () => {
  it("exits 255, says that it is one, and gives the command that repeats it", async () => {
    const broken = { runJob: () => Promise.reject(new Error("a claim about our code is false")) };
    const { code, out, err } = await invoke(["verify", "async-free"], broken);
    expect({ code, out }).toEqual({ code: 255, out: "" });
    expect(err).toContain("this is a bug in asilab");
    expect(err).toContain("repeat: asilab verify async-free");
  });
});
