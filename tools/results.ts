import { writeFileSync } from "node:fs";
import { DESIGNS } from "../impl/designs/registry.ts";
import { check, findBudget } from "../index.ts";
import { verdictTable } from "./verdict-table.ts";

/** Runs the suite as `asilab check` does and stores its verdicts for the README's table. */
const outcome = await check({ designs: DESIGNS, suite: true, budget: findBudget("quick"), seed: 1 });
writeFileSync("docs/results.json", `${JSON.stringify(verdictTable(outcome), null, 2)}\n`);
