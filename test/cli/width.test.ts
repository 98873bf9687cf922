import { describe, expect, it } from "vitest";
import { invoke } from "./invoke.ts";

const VERBS = [
  [],
  ...["check", "verify", "fuzz", "replay", "explain", "export", "shrink", "designs", "claims", "doctor"].map((verb) => [
    verb,
  ]),
  ...["stat", "replay", "validate", "minimise"].map((verb) => ["trace", verb]),
  ...["add", "list", "run"].map((verb) => ["corpus", verb]),
];

function widest(text: string): string {
  return text.split("\n").reduce((widest, line) => (line.length > widest.length ? line : widest), "");
}

describe("a terminal of 80 columns", () => {
  it.each(VERBS.map((verb) => ({ line: ["asilab", ...verb, "--help"].join(" "), verb })))(
    "$line fits, and begins with examples",
    async ({ verb }) => {
      const { out } = await invoke([...verb, "--help"]);
      expect(out).toMatch(/^Examples:\n {2}asilab /);
      expect(widest(out).length, widest(out)).toBeLessThanOrEqual(80);
    },
  );

  it("asilab alone prints what asilab --help and asilab help print", async () => {
    const { out } = await invoke(["--help"]);
    expect(await invoke([])).toMatchObject({ code: 0, out });
    expect(await invoke(["help"])).toMatchObject({ code: 0, out });
  });

  it("the exit codes fit", async () => {
    const { out } = await invoke(["help", "exit-codes"]);
    expect(widest(out).length, widest(out)).toBeLessThanOrEqual(80);
  });

  it("messages are broken at blanks for a terminal, and are one line each for a pipe", async () => {
    const argv = ["verify", "async-free", "--scope", "bogus"];
    const shown = await invoke(argv, { errIsTty: true });
    const piped = await invoke(argv);
    expect(widest(shown.err).length).toBeLessThanOrEqual(80);
    expect(shown.err.replaceAll(/\n {4}/g, " ")).toBe(piped.err);
    expect(piped.err.split("\n")).toHaveLength(3);
  });
});
