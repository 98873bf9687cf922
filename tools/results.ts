import { readFileSync, writeFileSync } from "node:fs";
import { DESIGNS } from "../impl/designs/registry.ts";
import { check, declaredBreaks, exitOfOutcome, findBudget } from "../index.ts";
import { verdictTable } from "./verdict-table.ts";

/**
 * Runs the whole suite as `asilab check` does and stores its verdicts and smallest counterexamples for the tables; with
 * `--check` it compares them with what is stored instead, and fails when the suite does.
 */
const STORE = "docs/results.json";
const outcome = await check({ designs: DESIGNS, suite: true, budget: findBudget("quick"), seed: 1 });
const text = `${JSON.stringify(verdictTable(outcome), null, 2)}\n`;
const code = exitOfOutcome(outcome, {
  suite: true,
  gated: true,
  requireComplete: true,
  breaks: declaredBreaks(DESIGNS),
});
for (const sentence of outcome.gate) console.log(sentence);
if (!process.argv.includes("--check")) writeFileSync(STORE, text);
else if (readFileSync(STORE, "utf8") !== text) {
  console.log(`${STORE} does not say what the suite says now: npm run results`);
  process.exitCode = 1;
}
console.log(`suite of ${DESIGNS.length} designs: exit ${code}`);
if (code !== 0) process.exitCode = 1;
