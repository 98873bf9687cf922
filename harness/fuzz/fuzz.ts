import fc from "fast-check";
import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import { assert, InputError } from "../../model/failure.ts";
import type { Evidence } from "../../model/verdict.ts";
import { type FuzzCase, fuzzCases } from "../../properties/arbitraries/fuzz-case.ts";
import type { EngineReport } from "../outcome.ts";
import { printScope, type Scope } from "../scope.ts";
import { type Arena, Arenas, shapeOf } from "./arena.ts";
import { recordCase } from "./record-case.ts";
import { runSchedule } from "./run-schedule.ts";

/** How much to do and where. `runs` and `steps` are counts: runs, and (actor, preference) pairs in each. */
export interface FuzzOptions {
  readonly runs: number;
  readonly steps: number;
  /** 32 bits. */
  readonly seed: number;
  /** A path that an earlier campaign printed: that one run only. */
  readonly path?: string;
  /** A world of one's own, its calls not being a limit; random worlds without it. */
  readonly scope?: Scope;
  readonly strategy?: "uniform";
  readonly onProgress?: (done: FuzzProgress) => void;
  readonly shouldStop?: () => boolean;
}

export interface FuzzProgress {
  readonly runs: number;
  readonly steps: number;
  readonly violated: readonly string[];
}

/** How to have a violation again: where fast-check found it, and the command. */
export interface Repeat {
  readonly seed: number;
  /** fast-check's path: the run's number, then the shrinks taken. */
  readonly path: string;
  readonly command: string;
}

/** What a campaign found, in the shape all engines share, and how to have it again. */
export interface FuzzResult extends EngineReport {
  readonly design: string;
  readonly seed: number;
  readonly runs: number;
  /** Micro-steps executed and judged, shrinking not counted. */
  readonly steps: number;
  /** By claim. */
  readonly repeats: ReadonlyMap<string, Repeat>;
}

/**
 * Explores a design by random runs in random worlds; every micro-step is held against every claim and the refinement.
 *
 * Run i is fast-check's i-th value for the seed. A campaign does not stop at a violation: it goes on to see which other claims
 * fall. Then, for each that fell, fast-check takes the violating run with the smallest number and shrinks it.
 *
 * - **Shapes, units**: counts of a violated claim are those up to its first violation; `SAMPLED` never means proven.
 * - **Cost**: over a million micro-steps a second; shrinking, some thousand short runs per violated claim.
 * - **Errors**: `InputError` for a scope that cannot be built or a path that leads nowhere. Same options, same result.
 */
export function fuzz(design: Design, options: FuzzOptions): FuzzResult {
  const campaign = new Campaign(design, options);
  campaign.run();
  return campaign.result();
}

/** What the campaign knows of one claim. */
interface Finding {
  /** Number of the first run that violated it, and what had been done by then. */
  run: number;
  runs: number;
  steps: number;
}

class Campaign {
  private readonly arenas: Arenas;
  private readonly cases: fc.Arbitrary<FuzzCase>;
  /** By claim: what was found of it, and whether its danger occurred. Which claims apply differs from world to world. */
  private readonly found = new Map<string, Finding | undefined>();
  private readonly reached = new Set<string>();
  private runs = 0;
  private steps = 0;
  private interrupted = false;

  constructor(
    private readonly design: Design,
    private readonly options: FuzzOptions,
  ) {
    const { scope } = options;
    this.arenas = new Arenas(design, scope);
    this.cases = fuzzCases(options.steps, {
      protectedModes: design.protectedMap !== "none",
      ...(scope === undefined ? {} : { world: shapeOf(scope) }),
    });
  }

  /** Never fails: violations are noted and the campaign goes on. */
  run(): void {
    const { seed, path, runs } = this.options;
    const property = fc.property(this.cases, (test) => {
      // fast-check goes on with the siblings of a path's last shrink; a path means one run.
      if (this.interrupted || (path !== undefined && this.runs > 0)) return;
      this.runOne(test);
      this.interrupted = this.options.shouldStop?.() ?? false;
    });
    if (path !== undefined && !PATH.test(path)) throw badPath(path);
    if (runs === 0) return;
    const details = fc.check(property, {
      seed,
      endOnFailure: true,
      ...(path === undefined ? { numRuns: runs } : { path }),
    });
    if (details.failed) throw details.errorInstance;
    if (path !== undefined && this.runs === 0) throw badPath(path);
  }

  private runOne(test: FuzzCase): void {
    const arena = this.arenas.at(test);
    const number = this.runs;
    const { claims } = arena.judge;
    const record = runSchedule(arena, test.schedule, (violated, steps) => {
      claims.forEach(({ id }, bit) => {
        if (((violated >>> bit) & 1) === 0 || this.found.get(id) !== undefined) return;
        this.found.set(id, { run: number, runs: number + 1, steps: this.steps + steps });
      });
      return true;
    });
    this.runs++;
    this.steps += record.steps;
    this.note(arena);
    this.options.onProgress?.({ runs: this.runs, steps: this.steps, violated: this.violated() });
  }

  /** Which claims the run's world had, and which of their dangers occurred. */
  private note({ judge }: Arena): void {
    judge.claims.forEach(({ id }, bit) => {
      if (!this.found.has(id)) this.found.set(id, undefined);
      if (((judge.reached >>> bit) & 1) === 1) this.reached.add(id);
    });
  }

  result(): FuzzResult {
    const { design, options } = this;
    const counterexamples = new Map<string, Counterexample>();
    const repeats = new Map<string, Repeat>();
    this.found.forEach((finding, id) => {
      if (finding === undefined) return;
      const { test, path } = this.shrink(finding, id);
      const command = commandOf(design, options, path);
      repeats.set(id, { seed: options.seed, path, command });
      counterexamples.set(id, recordCase(design, this.arenas, test, id, { seed: options.seed }));
    });
    return {
      design: design.id,
      seed: options.seed,
      runs: this.runs,
      steps: this.steps,
      evidence: this.evidence(),
      counterexamples,
      repeats,
      executed: this.arenas.executed(),
      interrupted: this.interrupted,
    };
  }

  /** Lets fast-check make the first violating run small; a path that was given is as small as it gets. */
  private shrink(finding: Finding, id: string): { test: FuzzCase; path: string } {
    const { seed, path } = this.options;
    const property = fc.property(this.cases, (test) => !this.violates(test, id));
    const endOnFailure = path?.includes(":") ?? false;
    const details = fc.check(property, { seed, path: path ?? String(finding.run), endOnFailure });
    assert(
      details.failed && details.counterexample !== null,
      "a violation found by a run is found again by the same run",
    );
    return { test: details.counterexample[0], path: details.counterexamplePath };
  }

  private violates(test: FuzzCase, id: string): boolean {
    let violated = false;
    const arena = this.arenas.at(test);
    const bit = arena.judge.claims.findIndex((claim) => claim.id === id);
    if (bit < 0) return false;
    runSchedule(arena, test.schedule, (mask) => {
      violated = ((mask >>> bit) & 1) === 1;
      return !violated;
    });
    return violated;
  }

  private violated(): string[] {
    return [...this.found].filter(([, finding]) => finding !== undefined).map(([id]) => id);
  }

  private evidence(): ReadonlyMap<string, Evidence> {
    const { scope } = this.options;
    const evidence = new Map<string, Evidence>();
    this.found.forEach((finding, id) => {
      evidence.set(id, {
        engine: "fuzz",
        scope: scope === undefined ? RANDOM_WORLDS : printScope(scope),
        verdict: finding !== undefined ? "violated" : this.runs === 0 ? "unknown" : "holds",
        completeness:
          finding === undefined
            ? `SAMPLED: no violation in ${this.runs} runs`
            : `SAMPLED: violated in run ${finding.run + 1}`,
        runs: finding?.runs ?? this.runs,
        steps: finding?.steps ?? this.steps,
        reached: this.reached.has(id),
      });
    });
    return evidence;
  }
}

const RANDOM_WORLDS = "random worlds of 1 to 4 CPUs and 8 to 4096 pages";

/** The number of a run, then the number of each shrink taken. */
const PATH = /^\d{1,9}(:\d{1,9})*$/;

function badPath(path: string): InputError {
  return new InputError(
    "BAD-PATH",
    `path ${path} leads to no run of this campaign`,
    "repeat the command that was printed, its --seed, --steps and --scope included",
  );
}

/** The command that repeats one run. Its counts matter: the length of a run is part of what a path means. */
function commandOf(design: Design, { seed, steps, scope }: FuzzOptions, path: string): string {
  const where = scope === undefined ? "" : ` --scope ${printScope(scope)}`;
  return `asilab fuzz ${design.id} --steps ${steps} --seed ${seed} --path ${path}${where}`;
}
