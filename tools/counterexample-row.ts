import { countEvents } from "../harness/record.ts";
import { parseScope, printScope } from "../harness/scope.ts";
import { shrinkRun } from "../harness/shrink/shrink-run.ts";
import { Workbench } from "../harness/shrink/workbench.ts";
import type { Design } from "../model/design.ts";
import type { CounterexampleRow, Size } from "./counterexample-table.ts";
import { type RandomSearch, randomViolation } from "./random-violation.ts";

/** How canaries are looked for. */
export const LOOKING: RandomSearch = { seed: 1, runs: 20_000, steps: 300 };
/** Where canaries are looked for that name no world. */
const DEFAULT_WORLD = "cpus=2,pages=8,calls=2+2";

/** What to measure beside the counts, which are the same every time. */
export interface Measuring {
  /** The canary is found and shrunk so often; the fastest time counts, for the first also compiles. */
  readonly times: number;
  /** States of the search that says how short a run can be; 0: it is not asked. */
  readonly optimumStates: number;
}

/** A canary found at random in the first of its worlds in which that works, made small, and held against the shortest run there. */
export function counterexampleRow(design: Design, claim: string, measuring: Measuring): CounterexampleRow {
  const worlds = design.worlds ?? [DEFAULT_WORLD];
  for (const world of worlds) {
    const row = shrunkIn(design, claim, world, measuring);
    if (row !== undefined) return row;
  }
  return { design: design.id, claim, world: printScope(parseScope(worlds[0] ?? DEFAULT_WORLD)) };
}

function shrunkIn(design: Design, claim: string, world: string, measuring: Measuring): CounterexampleRow | undefined {
  const scope = parseScope(world);
  let row: CounterexampleRow | undefined;
  for (let time = 0; time < measuring.times; time++) {
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
  const optimum = optimumIn(design, claim, world, measuring.optimumStates);
  return row === undefined || optimum === undefined ? row : { ...row, optimum };
}

function optimumIn(design: Design, claim: string, world: string, statesMax: number): Size | undefined {
  if (statesMax === 0) return undefined;
  const limits = { stepsMax: 1_000, statesMax };
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
