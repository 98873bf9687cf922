import fc from "fast-check";
import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import { assert } from "../../model/failure.ts";
import { type FuzzCase, shrinkable } from "../../properties/arbitraries/fuzz-case.ts";
import { printScope } from "../scope.ts";
import { shrunk } from "../shrink/shrunk.ts";
import type { Corpus } from "./corpus.ts";
import { withoutLoops } from "./erase-loops.ts";
import type { Explorer } from "./explorer.ts";
import { DEPTH_DEFAULT, type FuzzOptions } from "./options.ts";
import type { Plan } from "./planner.ts";
import { recordCase } from "./record-case.ts";
import { runSchedule, runSource } from "./run-source.ts";

/** How to have a violation again: where the campaign found it, and the command. */
export interface Repeat {
  readonly seed: number;
  /** The run's number; of a run drawn as a schedule, then the shrinks that fast-check took. */
  readonly path: string;
  readonly command: string;
}

/** A finding made small. Plain data. */
export interface Shrunk {
  readonly claim: string;
  readonly repeat: Repeat;
  /** Absent where it stayed too long to be written down step by step. */
  readonly counterexample?: Counterexample;
}

/** Schedules longer than this are first freed of their loops. */
const LONG_PAIRS = 20_000;
/** Micro-steps spent on the shrinks of a run that was written down. */
const SHRINK_STEPS_MAX = 40_000_000;
/** A counterexample takes about a kilobyte a step. */
const RECORDED_PAIRS_MAX = 50_000;

/** Makes the run that violated a claim small, by fast-check, and records it by name. */
export function shrinkFinding(
  design: Design,
  options: FuzzOptions,
  explorer: Explorer,
  claim: string,
  run: number,
  corpus: Corpus,
): Shrunk {
  const { seed } = options;
  const { test, path } = explorer.drawnWhole
    ? shrinkDrawn(options, explorer, claim, run)
    : { test: shrinkWritten(design, options, explorer, claim, explorer.planOf(run, corpus)), path: String(run) };
  const repeat = { seed, path, command: commandOf(design, options, path) };
  if (test.schedule.length > RECORDED_PAIRS_MAX) return { claim, repeat };
  // fast-check leaves whole what it cannot cut in one of its ways; what it found is made small in schedule, data and scope.
  return { claim, repeat, counterexample: shrunk(recordCase(design, explorer.arenas, test, claim, { seed })) };
}

/** Lets fast-check make the first violating run small; a path that was given is as small as it gets. */
function shrinkDrawn(
  { seed, path }: FuzzOptions,
  explorer: Explorer,
  claim: string,
  run: number,
): { test: FuzzCase; path: string } {
  const property = fc.property(explorer.cases, (test) => !violates(explorer, test, claim));
  const endOnFailure = path?.includes(":") ?? false;
  const details = fc.check(property, { seed, path: path ?? String(run), endOnFailure });
  assert(
    details.failed && details.counterexample !== null,
    "a violation found by a run is found again by the same run",
  );
  return { test: details.counterexample[0], path: details.counterexamplePath };
}

/** What a source did, written down as pairs and made small within a budget of steps. */
function shrinkWritten(
  design: Design,
  { scope }: FuzzOptions,
  explorer: Explorer,
  claim: string,
  plan: Plan,
): FuzzCase {
  let start = writtenDown(explorer, claim, plan);
  let budget = SHRINK_STEPS_MAX;
  for (;;) {
    const property = fc.property(shrinkable(start, design.protectedMap !== "none", scope !== undefined), (test) => {
      if (budget < 0 && test !== start) return true;
      return !violates(explorer, test, claim, (steps) => {
        budget -= steps;
      });
    });
    const details = fc.check(property, { seed: 0, numRuns: 1 });
    assert(details.failed && details.counterexample !== null, "a run that was written down violates what it violated");
    const [shrunk] = details.counterexample;
    // A short schedule fits into worlds into which the long one did not.
    if (shrunk.schedule.length === start.schedule.length) return shrunk;
    start = shrunk;
  }
}

/** The run as a schedule of the pairs that came to something, up to the violation. */
function writtenDown(explorer: Explorer, claim: string, plan: Plan): FuzzCase {
  const arena = explorer.arenas.at(plan.test);
  const bit = arena.judge.claims.findIndex(({ id }) => id === claim);
  const pairs = new Pairs();
  const stop = (mask: number): boolean => ((mask >>> bit) & 1) === 0;
  runSource(arena, plan.open(arena), explorer.turns, stop, { pair: (pair) => pairs.push(pair) });
  const test = { ...plan.test, schedule: pairs.all() };
  if (test.schedule.length <= LONG_PAIRS) return test;
  const shorter = { ...test, schedule: withoutLoops(explorer.arenas.at(test), test.schedule) };
  return violates(explorer, shorter, claim) ? shorter : test;
}

function violates(explorer: Explorer, test: FuzzCase, claim: string, spent?: (steps: number) => void): boolean {
  let violated = false;
  const arena = explorer.arenas.at(test);
  const bit = arena.judge.claims.findIndex(({ id }) => id === claim);
  if (bit < 0) return false;
  const { steps } = runSchedule(arena, test.schedule, (mask) => {
    violated = ((mask >>> bit) & 1) === 1;
    return !violated;
  });
  spent?.(steps);
  return violated;
}

/** The command that repeats one run. Its counts matter: the length of a run is part of what a path means. */
function commandOf(design: Design, options: FuzzOptions, path: string): string {
  const { seed, steps, scope, strategy = "uniform", depth = DEPTH_DEFAULT } = options;
  const how = strategy === "uniform" ? "" : ` --strategy ${strategy}`;
  const deep = depth === DEPTH_DEFAULT ? "" : ` --depth ${depth}`;
  const where = scope === undefined ? "" : ` --scope ${printScope(scope)}`;
  return `asilab fuzz ${design.id} --steps ${steps} --seed ${seed} --path ${path}${how}${deep}${where}`;
}

/** Pairs as they come, four bytes each. */
class Pairs {
  private words = new Uint32Array(4_096);
  private count = 0;

  push(pair: number): void {
    if (this.count === this.words.length) {
      const wider = new Uint32Array(2 * this.count);
      wider.set(this.words);
      this.words = wider;
    }
    this.words[this.count++] = pair;
  }

  all(): Uint32Array {
    return this.words.slice(0, this.count);
  }
}
