import type { NamedAction } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { plainText } from "../escape.ts";
import { safeJson } from "./safe-json.ts";

/**
 * A counterexample as a vitest test in TypeScript: it does the same actions by name, expects the violation, and says how it
 * becomes the test of the fix.
 *
 * Whatever came from a file stands in string literals or, made visible, in comments; none of it can become code.
 *
 * - **Shapes, units**: a whole module that imports `asilab` and `vitest`; one action a line.
 */
export function vitestText(run: Counterexample): string {
  const { design, scope, claim } = run;
  const statement = CLAIMS.find(({ id }) => id === claim)?.statement ?? "";
  const lines = [
    'import { replayActions } from "asilab";',
    'import { expect, it } from "vitest";',
    "",
    ...comment([
      `${claim}: ${statement}`,
      `${run.events} events, ${run.steps.length} steps; ${run.minimality}. At the end:`,
      run.witness,
      "",
      "Once this is fixed: expect false and an empty witness, and leave out the last line, since the fixed code may have",
      "other steps; actions that are not possible where they stand are then left out.",
    ]),
    `it(${literal(`${design} violates ${claim} in ${run.events} events`)}, () => {`,
    "  const report = replayActions({",
    `    design: ${literal(design)},`,
    `    scope: ${literal(scope)},`,
    `    claim: ${literal(claim)},`,
    "    actions: [",
    ...run.steps.map(({ action }) => `      ${actionLiteral(action)},`),
    "    ],",
    "  });",
    "  expect(report.violated).toBe(true);",
    `  expect(report.witness).toBe(${literal(run.witness)});`,
    "  expect(report.skipped).toEqual([]);",
    "});",
  ];
  return `${lines.join("\n")}\n`;
}

/** Line comments: nothing in a line can end one. */
function comment(texts: readonly string[]): string[] {
  return texts.map((text) => `// ${plainText(text)}`.trimEnd());
}

/** The keys are ours; they are written as identifiers where they are. */
function actionLiteral(action: NamedAction): string {
  const fields = ORDER.filter((key) => action[key] !== undefined).map((key) => `${key}: ${literal(action[key])}`);
  return `{ ${fields.join(", ")} }`;
}

const ORDER = [
  "kind",
  "cpu",
  "level",
  "program",
  "step",
  "choice",
  "request",
  "order",
  "pfn",
  "peer",
  "worker",
  "call",
  "args",
] as const satisfies readonly (keyof NamedAction)[];

function literal(value: unknown): string {
  return safeJson(JSON.stringify(value));
}
