import { readFileSync, writeFileSync } from "node:fs";
import { DESIGNS } from "../impl/designs/registry.ts";
import { counterexampleRow, LOOKING } from "./counterexample-row.ts";
import { type CounterexampleTable, countsOf } from "./counterexample-table.ts";
import type { VerdictTable } from "./verdict-table.ts";

/**
 * Finds every canary at random, makes the failing run small, compares it with a breadth-first search of the same world, and stores
 * what came of it for docs/counterexamples.md; with `--check` it compares all but the seconds with what is stored.
 *
 * Of each canary it takes the claim that catches it in the fewest lines, as the suite's table (docs/results.json) has it.
 */
const STORE = "docs/counterexamples.json";
const CHECKING = process.argv.includes("--check");
const MEASURING = { times: CHECKING ? 1 : 3, optimumStates: 10_000_000 };

const results = JSON.parse(readFileSync("docs/results.json", "utf8")) as VerdictTable;
const rows = DESIGNS.filter(({ canary }) => canary).map((design) => {
  const smallest = results.designs.find(({ id }) => id === design.id)?.smallest;
  const row = counterexampleRow(design, smallest?.claim ?? design.breaks[0]?.claim ?? "", MEASURING);
  console.log(`${row.design} ${row.claim}: ${row.before?.steps ?? "not found"} -> ${row.after?.steps ?? ""}`);
  return row;
});
const table: CounterexampleTable = { ...LOOKING, rows };
if (!CHECKING) writeFileSync(STORE, `${JSON.stringify(table, null, 2)}\n`);
else if (countsOf(JSON.parse(readFileSync(STORE, "utf8")) as CounterexampleTable) !== countsOf(table)) {
  console.log(`${STORE} does not say what is found now: node dist/tools/counterexamples.js`);
  process.exitCode = 1;
}
