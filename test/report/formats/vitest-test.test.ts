import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { replayActions } from "../../../index.ts";
import { vitestText } from "../../../report/formats/vitest-test.ts";
import { AREAS, sampleRun } from "./sample-runs.ts";

const folder = mkdtempSync(join(tmpdir(), "asilab-emit-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the emitted module is given instead of vitest's functions: the test's name and body. */
type Collected = { name: string; body: () => void };

/** Runs the emitted module with its two imports bound to what they name. */
function load(text: string): Collected[] {
  const script = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS } }).outputText;
  const tests: Collected[] = [];
  const modules: Record<string, unknown> = {
    asilab: { replayActions },
    vitest: { expect, it: (name: string, body: () => void) => tests.push({ name, body }) },
  };
  const load = new Function("require", "exports", script) as (require: unknown, exports: object) => void;
  load((name: string) => modules[name], {});
  return tests;
}

/** As much of the two packages as the emitted module uses; to read all of their declarations takes seconds. */
const DECLARED: Readonly<Record<string, string>> = {
  vitest: `export declare function it(name: string, body: () => void): void;
export declare function expect<T>(value: T): { toBe(other: T): void; toEqual(other: T): void };`,
  asilab: `import type { NamedAction } from "${resolve("model/action.ts")}";
interface Script { readonly design: string; readonly scope: string; readonly claim: string; readonly actions: readonly NamedAction[]; }
interface Report { readonly violated: boolean; readonly witness: string; readonly skipped: readonly NamedAction[]; }
export declare function replayActions(script: Script): Report;`,
};

/** Type errors of modules that find `asilab` as a project finds it that has it installed; a list for each. */
function typeErrors(texts: readonly string[]): string[][] {
  const paths = Object.entries(DECLARED).map(([name, text]) => {
    writeFileSync(join(folder, `${name}.d.ts`), text);
    return [name, [join(folder, `${name}.d.ts`)]] as const;
  });
  const files = texts.map((text, at) => {
    writeFileSync(join(folder, `emitted-${at}.ts`), text);
    return join(folder, `emitted-${at}.ts`);
  });
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    lib: ["lib.es2023.d.ts"],
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    types: [],
    paths: Object.fromEntries(paths.map(([name, targets]) => [name, [...targets]])),
  });
  return files.map((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  });
}

describe("the vitest test that is written of a counterexample", () => {
  it("type-checks where asilab is installed", () => {
    const text = vitestText(sampleRun("deferred free"));
    const wrong = text.replace('kind: "alloc"', 'kind: "allot"');
    expect(typeErrors([text, wrong]).map((errors) => errors.length)).toEqual([0, 1]);
  });

  it.each(AREAS)("violates the claim again, for one of %s", (area) => {
    const run = sampleRun(area);
    const tests = load(vitestText(run));
    expect(tests.map(({ name }) => name)).toEqual([`${run.design} violates ${run.claim} in ${run.events} events`]);
    for (const { body } of tests) body();
  });

  it("fails when the bug is not there any more", () => {
    const fixed = vitestText(sampleRun("deferred free")).replace('"canary-forget-one-cpu"', '"async-free"');
    expect(() => load(fixed)[0]?.body()).toThrow(/expected false to be true/);
  });
});

describe("replayActions", () => {
  const { design, scope, claim, steps } = sampleRun("deferred free");
  const actions = steps.map((step) => step.action);

  it("leaves out what is not possible, and says what", () => {
    const stray = { kind: "free", cpu: 1, pfn: 5, order: 0 } as const;
    const report = replayActions({ design, scope, claim, actions: [stray, ...actions] });
    expect(report).toMatchObject({ violated: true, skipped: [stray] });
    expect(report.witness).toContain("cpu0 runs mm0 and reaches pfn 0");
  });

  it("says that nothing is violated by a run that ends before the violation", () => {
    const report = replayActions({ design, scope, claim, actions: actions.slice(0, -1) });
    expect(report).toEqual({ violated: false, witness: "", skipped: [] });
  });

  it("refuses a claim that is none", () => {
    expect(() => replayActions({ design, scope, claim: "S99", actions })).toThrow(/S99/);
  });
});
