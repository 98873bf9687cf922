import { describe, expect, it } from "vitest";
import { freshFolder, invoke } from "./invoke.ts";

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

  it("a world with address spaces is refused to a design without by the world's name", async () => {
    const { code, err } = await invoke(["verify", "async-free", "--scope", "two-mms"]);
    expect(code).toBe(2);
    expect(err).toContain("async-free has no code for address spaces, and the world two-mms has slots");
  });

  it("the last line is broken at blanks for a terminal only", async () => {
    const argv = ["verify", "canary-no-zero", "--scope", "tiny,calls=2+1", "--out", freshFolder(), "--no-color"];
    const [shown, piped] = [await invoke(argv, { outIsTty: true }), await invoke(argv)];
    expect(widest(shown.out).length, widest(shown.out)).toBeLessThanOrEqual(80);
    expect(piped.out.trimEnd().split("\n").at(-1)).toBe(
      shown.out.trimEnd().split("\n").slice(-2).join("").replace(/ +/g, " "),
    );
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
