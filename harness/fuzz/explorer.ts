import fc from "fast-check";
import type { Design } from "../../model/design.ts";
import { assert } from "../../model/failure.ts";
import { type Draw, draws, type FuzzCase, fuzzCases } from "../../properties/arbitraries/fuzz-case.ts";
import { type Chapter, StateDigests } from "../state-digests.ts";
import { type Arena, Arenas } from "./arena.ts";
import { type Corpus, type CorpusEntry, EMPTY_CORPUS } from "./corpus.ts";
import { DigestWatch } from "./digest-watch.ts";
import { Novelty, StepNumbers } from "./novelty.ts";
import { type FuzzOptions, LONG_RUN_PAIRS } from "./options.ts";
import { ScheduleSource } from "./pair-source.ts";
import { badPath } from "./path.ts";
import { shapeOf } from "./places.ts";
import { type Plan, Planner } from "./planner.ts";
import { runSource, type Watch } from "./run-source.ts";

/** What a row of runs found. Plain data; rows are joined in the order of their runs. */
export interface RangeReport {
  readonly runs: number;
  /** Micro-steps executed and judged. */
  readonly steps: number;
  /** Claims that the worlds had, in the order in which they came up. */
  readonly claims: readonly string[];
  /** Claims whose danger occurred, with the number of the first run in which it did. */
  readonly reached: readonly (readonly [string, number])[];
  readonly found: readonly Finding[];
  /** Steps that ran, sorted. */
  readonly executed: readonly string[];
  /** Runs of each corner script. */
  readonly scripts: readonly (readonly [string, number])[];
  /** Runs of a directed campaign that reached something that was not known when the round began. */
  readonly candidates: readonly CorpusEntry[];
  readonly interrupted: boolean;
  /** A chapter for each run, where digests were asked for. */
  readonly chapters: readonly Chapter[];
}

/** The first run of a row that violated a claim. `steps` are those of the row up to then. */
export interface Finding {
  readonly claim: string;
  readonly run: number;
  readonly steps: number;
}

/** Makes the runs of one campaign, any of them, in any order; run i depends on the options and on i only, and on the corpus. */
export class Explorer {
  readonly planner: Planner;
  readonly arenas: Arenas;
  /** Runs are drawn pair by pair, and shrink as fast-check's own values. */
  readonly drawnWhole: boolean;
  readonly cases: fc.Arbitrary<FuzzCase>;
  private readonly seeds: fc.Arbitrary<Draw>;
  private readonly numbers = new StepNumbers();
  /** Turns of a run. */
  readonly turns: number;

  constructor(
    readonly design: Design,
    private readonly options: FuzzOptions,
  ) {
    const { scope, steps } = options;
    this.turns = steps;
    const fixed = {
      protectedModes: design.protectedMap !== "none",
      ...(scope === undefined ? {} : { world: shapeOf(scope) }),
    };
    this.planner = new Planner(design, options);
    this.arenas = new Arenas(design, scope);
    this.cases = fuzzCases(steps, fixed);
    this.seeds = draws(fixed);
    this.drawnWhole = this.planner.isPlain && steps <= LONG_RUN_PAIRS;
  }

  /** Runs `from` to `to` - 1. Never fails: violations are noted and the next run begins. */
  runRange(from: number, to: number, corpus: Corpus = EMPTY_CORPUS): RangeReport {
    const row = new Row(this.options);
    const known = new Set(corpus.seen);
    this.visit(String(from), to - from, corpus, (plan, number) => {
      if (row.interrupted) return;
      this.runOne(row, plan, number, known);
      row.interrupted = this.options.shouldStop?.() ?? false;
    });
    return row.report(this.arenas.executed());
  }

  /** The one run that a path leads to, whatever its shrinks. */
  runPath(path: string): RangeReport {
    const row = new Row(this.options);
    // fast-check goes on with the siblings of a path's last shrink; a path means one run.
    this.visit(path, undefined, EMPTY_CORPUS, (plan) => {
      if (row.runs === 0) this.runOne(row, plan, 0, new Set());
    });
    if (row.runs === 0) throw badPath(path);
    return row.report(this.arenas.executed());
  }

  /** The plan of one run. */
  planOf(run: number, corpus: Corpus): Plan {
    let plan: Plan | undefined;
    this.visit(String(run), 1, corpus, (found) => {
      plan ??= found;
    });
    assert(plan !== undefined, "every run has a plan");
    return plan;
  }

  private visit(
    path: string,
    runs: number | undefined,
    corpus: Corpus,
    act: (plan: Plan, number: number) => void,
  ): void {
    if (runs === 0) return;
    const { seed } = this.options;
    let number = Number(path.split(":")[0]);
    const parameters = { seed, path, endOnFailure: true, ...(runs === undefined ? {} : { numRuns: runs }) };
    const details = this.drawnWhole
      ? fc.check(
          fc.property(this.cases, (test) => act(planOfCase(test), number++)),
          parameters,
        )
      : fc.check(
          fc.property(this.seeds, (draw) => act(this.planner.plan(draw, number, corpus), number++)),
          parameters,
        );
    if (details.failed) throw details.errorInstance;
  }

  private runOne(row: Row, plan: Plan, number: number, known: ReadonlySet<string>): void {
    const arena = this.arenas.at(plan.test);
    const directed = this.planner.strategy === "target" ? new Trail(arena, known, this.numbers) : undefined;
    const { claims } = arena.judge;
    const digested = this.options.digests === true ? new DigestWatch(arena.machine, row.digests, directed) : undefined;
    const record = runSource(
      arena,
      plan.open(arena),
      this.options.steps,
      (violated, steps) => {
        claims.forEach(({ id }, bit) => {
          if (((violated >>> bit) & 1) === 1) row.violated(id, number, steps);
        });
        return true;
      },
      digested ?? directed,
    );
    digested?.end(number);
    row.end(arena, number, record.steps, plan.script);
    const entry = directed?.entry(plan.test);
    if (entry !== undefined) row.candidates.push(entry);
  }
}

/** A run that is its schedule. */
function planOfCase(test: FuzzCase): Plan {
  return { test, open: ({ machine, picker }) => new ScheduleSource(test.schedule, picker, machine.world.cpus) };
}

/** Writes down what a directed run does, up to the last moment at which it reached something new. */
class Trail implements Watch {
  private readonly pairs: number[] = [];
  private readonly novelty: Novelty;
  private length = 0;
  private last = 0;

  constructor(arena: Arena, known: ReadonlySet<string>, numbers: StepNumbers) {
    this.novelty = new Novelty(arena, known, numbers);
  }

  action(action: number): void {
    this.last = action;
  }

  /** Called when the step has been judged. */
  pair(pair: number): void {
    this.pairs.push(pair);
    if (this.novelty.note(this.last)) this.length = this.pairs.length;
  }

  entry(test: FuzzCase): CorpusEntry | undefined {
    const { reached } = this.novelty;
    if (reached.length === 0) return undefined;
    return { test: { ...test, schedule: Uint32Array.from(this.pairs.slice(0, this.length)) }, reached };
  }
}

/** What a row of runs has found so far. */
class Row {
  runs = 0;
  interrupted = false;
  readonly candidates: CorpusEntry[] = [];
  readonly digests = new StateDigests();
  private steps = 0;
  private readonly claims = new Set<string>();
  private readonly reached = new Map<string, number>();
  private readonly found = new Map<string, Finding>();
  private readonly scripts = new Map<string, number>();

  constructor(private readonly options: FuzzOptions) {}

  violated(claim: string, run: number, steps: number): void {
    if (this.found.has(claim)) return;
    this.claims.add(claim);
    this.found.set(claim, { claim, run, steps: this.steps + steps });
  }

  /** Which claims the run's world had, and which of their dangers occurred. */
  end({ judge }: Arena, run: number, steps: number, script: string | undefined): void {
    this.runs++;
    this.steps += steps;
    judge.claims.forEach(({ id }, bit) => {
      this.claims.add(id);
      if (((judge.reached >>> bit) & 1) === 1 && !this.reached.has(id)) this.reached.set(id, run);
    });
    if (script !== undefined) this.scripts.set(script, (this.scripts.get(script) ?? 0) + 1);
    this.options.onProgress?.({ runs: this.runs, steps: this.steps, violated: [...this.found.keys()] });
  }

  report(executed: readonly string[]): RangeReport {
    return {
      runs: this.runs,
      steps: this.steps,
      claims: [...this.claims],
      reached: [...this.reached],
      found: [...this.found.values()],
      executed,
      scripts: [...this.scripts],
      candidates: this.candidates,
      interrupted: this.interrupted,
      chapters: this.digests.chapters,
    };
  }
}
