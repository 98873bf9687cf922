import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ICruiseResult, IFlattenedRuleSet } from "dependency-cruiser";
import { cruise } from "dependency-cruiser";
import extractConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** One forbidden import: a file, what it says, and the rules that must name it (exactly these). */
interface Forbidden {
  readonly from: string;
  readonly says: string;
  readonly rules: readonly string[];
}

const TARGETS = [
  ...["model", "machines", "properties", "impl", "checker", "harness", "platform", "cli", "report", "bench"],
  ...["tools", "test"],
];

const FORBIDDEN: readonly Forbidden[] = [
  forbids("impl", "machines", "impl-never-sees-its-judge", "impl-imports-model-only"),
  forbids("impl", "properties", "impl-never-sees-its-judge", "impl-imports-model-only"),
  forbids("impl", "checker", "impl-imports-model-only"),
  forbids("properties", "impl", "properties-never-see-impl", "properties-import-model-machines-fast-check"),
  forbids("properties", "harness", "properties-import-model-machines-fast-check"),
  forbids("model", "machines", "model-imports-nothing"),
  forbids("machines", "checker", "machines-import-model-and-xstate"),
  forbids("checker", "model", "checker-imports-nothing-of-ours"),
  forbids("harness", "platform", "harness-reaches-no-edge"),
  forbids("harness", "report", "harness-reaches-no-edge"),
  forbids("harness", "cli", "harness-reaches-no-edge", "nothing-imports-cli"),
  forbids("platform", "report", "platform-knows-no-presentation"),
  forbids("report", "test", "nothing-imports-test"),
  forbids("cli", "bench", "nothing-imports-bench"),
  forbids("bench", "tools", "nothing-imports-tools"),
  forbids("tools", "cli", "nothing-imports-cli"),
  says("index.ts", `import { cli } from "./cli/there.ts"; export const here = cli;`, "nothing-imports-cli"),
  says(
    "impl/here.ts",
    `import { x } from "../model/hardware/translation.ts"; export const here = x;`,
    "kernel-steps-read-no-translation",
  ),
  says("impl/here.ts", typeImport("machines"), "impl-never-sees-its-judge", "impl-imports-model-only"),
  says(
    "checker/here.ts",
    `import { readFileSync } from "node:fs"; export const here = readFileSync;`,
    "node-only-at-the-edges",
  ),
  says(
    "harness/here.ts",
    `import { readFileSync } from "fs"; export const here = readFileSync;`,
    "node-only-at-the-edges",
  ),
  says("model/here.ts", `import { x } from "xstate"; export const here = x;`, "model-imports-nothing"),
  says("impl/here.ts", `import { x } from "fast-check"; export const here = x;`, "impl-imports-model-only"),
  says(
    "machines/here.ts",
    `import { x } from "fast-check"; export const here = x;`,
    "machines-import-model-and-xstate",
  ),
  says("cli/here.ts", `import { x } from "dev-only"; export const here = x;`, "product-needs-no-dev-dependency"),
  says("cli/here.ts", `import { x } from "./nowhere.ts"; export const here = x;`, "no-unresolvable"),
  says("cli/here.ts", `import { x } from "./round.ts"; export const here = x;`, "no-cycles"),
];

const ALLOWED: readonly (readonly [from: string, says: string])[] = [
  ["cli/here.ts", `import type { T } from "./round.ts"; export const here: T = 1;`],
  [
    "machines/here.ts",
    `import { x } from "xstate"; import { model } from "../model/there.ts"; export const here = [x, model];`,
  ],
  [
    "properties/here.ts",
    `import { x } from "fast-check"; import { machines } from "../machines/there.ts"; export const here = [x, machines];`,
  ],
  ["impl/here.ts", `import { model } from "../model/there.ts"; export const here = model;`],
  [
    "harness/here.ts",
    `import { impl } from "../impl/there.ts"; import { checker } from "../checker/there.ts"; export const here = [impl, checker];`,
  ],
  ["platform/here.ts", `import { readFileSync } from "node:fs"; export const here = readFileSync;`],
  [
    "test/here.ts",
    `import { tools } from "../tools/there.ts"; import { cli } from "../cli/there.ts"; export const here = [tools, cli];`,
  ],
];

describe("the import table", () => {
  let root = "";
  let config: Awaited<ReturnType<typeof extractConfig>>;

  beforeAll(async () => {
    config = await extractConfig(resolve(".dependency-cruiser.cjs"));
    root = mkdtempSync(join(tmpdir(), "asilab-imports-"));
    layGround(root);
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const broken = async (from: string, text: string): Promise<string[]> => {
    write(root, from, text);
    const { forbidden } = config as IFlattenedRuleSet;
    const options = { ...config.options, baseDir: root, validate: true, ruleSet: { forbidden: forbidden ?? [] } };
    const { output } = await cruise([from], options);
    rmSync(join(root, from));
    const { summary } = output as ICruiseResult;
    return summary.violations.filter((v) => v.from === from).map((v) => v.rule.name);
  };

  for (const { from, says: text, rules } of FORBIDDEN) {
    it(`refuses ${from} the import ${importOf(text)} by ${rules.join(" and ")}`, async () => {
      expect(new Set(await broken(from, text))).toEqual(new Set(rules));
    });
  }

  for (const [from, text] of ALLOWED) {
    it(`lets ${from} import ${importOf(text)}`, async () => {
      expect(await broken(from, text)).toEqual([]);
    });
  }

  it("has no rule without a forbidden import that proves it bites", () => {
    const proved = new Set(FORBIDDEN.flatMap((entry) => entry.rules));
    const { forbidden } = config as IFlattenedRuleSet;
    expect((forbidden ?? []).map((rule) => rule.name ?? "").filter((name) => !proved.has(name))).toEqual([]);
  });
});

/** One file in every folder, the packages the rules name, and a partner that imports back, to close a cycle. */
function layGround(root: string): void {
  const packages = { dependencies: { xstate: "1", "fast-check": "1" }, devDependencies: { "dev-only": "1" } };
  write(root, "package.json", JSON.stringify({ name: "ground", type: "module", ...packages }));
  for (const name of ["xstate", "fast-check", "dev-only"]) {
    write(root, `node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    write(root, `node_modules/${name}/index.js`, "export const x = 1;");
  }
  for (const folder of TARGETS) write(root, `${folder}/there.ts`, `export const ${folder} = 1; export type T = 1;`);
  write(root, "model/hardware/translation.ts", "export const x = 1;");
  write(root, "cli/round.ts", `import { here } from "./here.ts"; export const x = here; export type T = 1;`);
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function forbids(from: string, to: string, ...rules: string[]): Forbidden {
  return says(`${from}/here.ts`, `import { ${to} } from "../${to}/there.ts"; export const here = ${to};`, ...rules);
}

function says(from: string, text: string, ...rules: string[]): Forbidden {
  return { from, says: text, rules };
}

function typeImport(to: string): string {
  return `import type { T } from "../${to}/there.ts"; export const here: T = 1;`;
}

function importOf(text: string): string {
  return [...text.matchAll(/import (type )?.*? from "([^"]+)"/g)].map((m) => `${m[1] ?? ""}${m[2]}`).join(" and ");
}
