import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { invoke } from "./invoke.ts";

/** Command lines that the pages for users show, without the comment behind them. */
function shownCommands(): string[] {
  const pages = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/modelling.md",
    "docs/claims.md",
    "docs/designs.md",
  ];
  const lines = pages.flatMap((page) => readFileSync(page, "utf8").split("\n"));
  const shown = lines.flatMap((line) => line.match(/(?:npx asilab|`asilab) [a-z][^#`]*/g) ?? []);
  return [...new Set(shown.map((command) => command.replace(/^(npx |`)asilab /, "").trim()))];
}

describe("the commands in the documentation", () => {
  it("are there", () => {
    expect(shownCommands().length).toBeGreaterThan(5);
  });

  it.each(shownCommands().map((command) => [command] as const))(
    "asilab %s names a verb, and flags that its help knows",
    async (command) => {
      const words = command.split(/\s+/);
      const verb = words.slice(0, ["trace", "corpus"].includes(words[0] ?? "") ? 2 : 1);
      const help = await invoke([...verb, "--help"]);
      expect(help.code).toBe(0);
      for (const flag of words.filter((word) => word.startsWith("--"))) expect(help.out).toContain(flag);
    },
  );
});
