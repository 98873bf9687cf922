import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as asilab from "../../index.ts";

/** The blocks of TypeScript on the page, each a script of its own. */
const BLOCKS = [...readFileSync("docs/library.md", "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code = ""]) => code,
);

describe("docs/library.md", () => {
  test("shows code", () => {
    expect(BLOCKS.length).toBeGreaterThan(2);
  });

  test.each(BLOCKS.map((code, at) => [at + 1, code] as const))("block %i prints what stands behind it", (_at, code) => {
    const shown = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text?.trim());
    expect(shown.length).toBeGreaterThan(0);
    expect(printedBy(code)).toEqual(shown);
  });
});

/** Runs a script whose only import is the package; answers the lines that it prints. */
function printedBy(code: string): string[] {
  const lines: string[] = [];
  const console = { log: (...parts: readonly unknown[]) => lines.push(parts.map(String).join(" ").trim()) };
  const body = code.replace(/import \{([^}]*)\} from "asilab";/, "const {$1} = asilab;");
  new Function("asilab", "console", body)(asilab, console);
  return lines;
}
