import { readFileSync, writeFileSync } from "node:fs";
import { countEvents } from "../harness/record.ts";
import { parseScope, printScope } from "../harness/scope.ts";
import { shrinkRun } from "../harness/shrink/shrink-run.ts";
import { Workbench } from "../harness/shrink/workbench.ts";
import { DESIGNS } from "../impl/designs/registry.ts";
import type { Design } from "../model/design.ts";
import { type CounterexampleRow, type CounterexampleTable, countsOf, type Size } from "./counterexample-table.ts";
import { randomViolation } from "./random-violation.ts";
import type { VerdictTable } from "./verdict-table.ts";

/**
 * Finds every canary at random, makes the failing run small, compares it with a breadth-first search of the same world, and stores
 * what came of it for docs/counterexamples.md; with `--check` it compares all but the seconds with what is stored.
 */
const STORE = "docs/counterexamples.json";
const LOOKING = { seed: 1, runs: 20_000, steps: 300 };
/** States of the search that says how short a run can be. */
const OPTIMUM_STATES = 10_000_000;
/** Each canary is found and shrunk so often; the fastest time counts, for the first also compiles. */
const TIMES = 3;
/** Where canaries are looked for that name no world. */
const DEFAULT_WORLD = "cpus=2,pages=8,calls=2+2";

const results = JSON.parse(readFileSync("docs/results.json", "utf8")) as VerdictTable;
const rows = DESIGNS.filter(({ canary }) => canary).map((design) => {
  const row = rowFor(design);
  console.log(`${row.design} ${row.claim}: ${row.before?.steps ?? "not found"} -> ${row.after?.steps ?? ""}`);
  return row;
});
const table: CounterexampleTable = { ...LOOKING, rows };
if (!process.argv.includes("--check")) writeFileSync(STORE, `${JSON.stringify(table, null, 2)}\n`);
else if (countsOf(JSON.parse(readFileSync(STORE, "utf8")) as CounterexampleTable) !== countsOf(table)) {
  console.log(`${STORE} does not say what is found now: node dist/tools/counterexamples.js`);
  process.exitCode = 1;
}

/** The claim that catches it in the fewest lines, as the suite's table has it, in the first world in which random runs violate it. */
function rowFor(design: Design): CounterexampleRow {
  const smallest = results.designs.find(({ id }) => id === design.id)?.smallest;
  const claim = smallest?.claim ?? design.breaks[0]?.claim ?? "";
  const worlds = design.worlds ?? [DEFAULT_WORLD];
  for (const world of worlds) {
    const row = shrunkIn(design, claim, world);
    if (row !== undefined) return row;
  }
  return { design: design.id, claim, world: printScope(parseScope(worlds[0] ?? DEFAULT_WORLD)) };
}

function shrunkIn(design: Design, claim: string, world: string): CounterexampleRow | undefined {
  const scope = parseScope(world);
  let row: CounterexampleRow | undefined;
  for (let time = 0; time < TIMES; time++) {
    const start = processorMs();
    const found = randomViolation(design, scope, claim, LOOKING);
    if (found === undefined) return undefined;
    const between = processorMs();
    const { before, after, proven, tried } = shrinkRun(found.run);
    const seconds = { find: rounded(between - start), shrink: rounded(processorMs() - between) };
    if (row?.seconds !== undefined && total(row.seconds) <= total(seconds)) continue;
    row = {
      design: design.id,
      claim,
      world: printScope(scope),
      runs: found.runs,
      before: sizeOf(before),
      after: sizeOf(after),
      scope: after.scope,
      proven,
      ...tried,
      seconds,
    };
  }
  const optimum = optimumIn(design, claim, world);
  return row === undefined || optimum === undefined ? row : { ...row, optimum };
}

function optimumIn(design: Design, claim: string, world: string): Size | undefined {
  const limits = { stepsMax: 1_000, statesMax: OPTIMUM_STATES };
  const searched = new Workbench(design, claim).shortest(parseScope(world), [], limits);
  if (typeof searched !== "object") return undefined;
  const { actions } = searched.found;
  return { events: countEvents(actions), steps: actions.length };
}

function sizeOf({ events, steps }: Size): Size {
  return { events, steps };
}

function total({ find, shrink }: { readonly find: number; readonly shrink: number }): number {
  return find + shrink;
}

/** Processor time, which does not depend on what else the machine does; on an idle one a clock shows less. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds / 10) / 100;
}
