import type { NamedAction } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { assert, InputError } from "../../model/failure.ts";
import type { StoredRun } from "../counterexample-file.ts";
import { findDesign } from "../find-design.ts";
import { machineForRun } from "../machine-for-run.ts";
import { countEvents, recordRun } from "../record.ts";
import { resolveRecorded } from "../resolve-recorded.ts";
import { parseScope, printScope } from "../scope.ts";
import type { Draft } from "./draft.ts";
import { withFewerActions } from "./fewer-actions.ts";
import { withFewerSwitches } from "./fewer-switches.ts";
import { withFewestCalls } from "./fewest-calls.ts";
import { withSimplerData } from "./simpler-data.ts";
import { withSmallerScope } from "./smaller-scope.ts";
import { Workbench } from "./workbench.ts";

/** States that the search for a shortest run stores unless told otherwise. */
export const SHRINK_MAX_STATES = 300_000;

/** States of a search that only asks whether a smaller scope shows the violation too; a share of what the proof may take. */
const SCOPE_SHARE = 1 / 15;

/** The same for the first look at a whole scope, which shows whether it is a small one. */
const QUICK_SHARE = 1 / 4;

/** The same for each search with fewer calls where it is not. */
const CALLS_SHARE = 1 / 2;

/** Smaller scopes after each of which the search starts anew. */
const ROUNDS_MAX = 6;

export interface ShrinkOptions {
  /** States that the search for a shortest run may store; 0 leaves searches out. */
  readonly maxStates?: number;
  readonly onProgress?: (text: string) => void;
  /** Looked at between stages and in searches; what is small by then is the answer. */
  readonly shouldStop?: () => boolean;
}

/** How large a run is. Units: timeline lines, micro-steps; the scope as `--scope` takes it. */
export interface RunSize {
  readonly events: number;
  readonly steps: number;
  readonly scope: string;
}

export type ShrinkStage = "schedule" | "data" | "scope" | "search";

/** What shrinking did. */
export interface ShrinkReport {
  readonly run: Counterexample;
  readonly before: RunSize;
  readonly after: RunSize;
  /** A search looked at every run of fewer steps in the final scope: none violates the claim. */
  readonly proven: boolean;
  /** How large the run was after each stage, in the order in which they ran. */
  readonly stages: readonly ({ readonly stage: ShrinkStage } & RunSize)[];
  /** Runs tried and states searched. */
  readonly tried: { readonly attempts: number; readonly states: number };
}

/**
 * Makes a violating run small in three dimensions (what is done, what is asked for, where) and then proves that it is shortest.
 *
 * The result violates the same claim in no more steps and no larger a scope. It is made small in this order: scope as far as the
 * run goes along, steps, scope again, lines, switches between CPUs.
 *
 * - **Cost**: some hundred runs, then a search of at most `maxStates` states and smaller ones; most canaries take under a second.
 * - **Errors**: `InputError` NOT-VIOLATED when the run does not violate its claim on today's code; UNKNOWN-DESIGN, BAD-SCOPE.
 */
export function shrinkRun(run: Counterexample | StoredRun, options: ShrinkOptions = {}): ShrinkReport {
  const bench = new Workbench(findDesign(run.design), run.claim, options.shouldStop);
  const scope = parseScope(run.scope);
  const actions = run.steps.map(({ action }) => action);
  const start = bench.reproduced(scope, actions) ?? bench.tried(scope, actions);
  if (start === undefined || start.actions.length > actions.length) throw notViolated(run);
  const shrinker = new Shrinker(bench, start, options);
  shrinker.run();
  const { draft, proven, stages } = shrinker;
  return {
    run: recorded(run, draft, proven),
    before: { events: countEvents(actions), steps: actions.length, scope: run.scope },
    after: sizeOf(draft),
    proven,
    stages,
    tried: { attempts: bench.attempts, states: bench.states },
  };
}

class Shrinker {
  proven = false;
  readonly stages: ({ readonly stage: ShrinkStage } & RunSize)[] = [];
  private readonly maxStates: number;

  constructor(
    private readonly bench: Workbench,
    public draft: Draft,
    private readonly options: ShrinkOptions,
  ) {
    this.maxStates = options.maxStates ?? SHRINK_MAX_STATES;
  }

  run(): void {
    const { bench } = this;
    this.stage("schedule", (draft) => withFewerSwitches(bench, withFewerActions(bench, draft)));
    this.stage("data", (draft) => withSimplerData(bench, draft));
    this.stage("scope", (draft) => withFewerActions(bench, withSmallerScope(bench, draft)));
    if (this.maxStates > 0) this.searchAndShrinkAgain();
    this.stage("schedule", (draft) => withFewerSwitches(bench, draft));
    this.stage("data", (draft) => withSimplerData(bench, draft));
  }

  /** A shortest run may need less than the one before it, and with less around it a search sees further. */
  private searchAndShrinkAgain(): void {
    const { bench } = this;
    const share = Math.ceil(this.maxStates * SCOPE_SHARE);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      this.stage("search", (draft) => this.shortest(draft));
      const before = printScope(this.draft.scope);
      const steps = this.draft.actions.length;
      this.stage("scope", (draft) => withSmallerScope(bench, draft, share));
      if (printScope(this.draft.scope) === before && this.draft.actions.length === steps) return;
      this.proven = false;
    }
    this.stage("search", (draft) => this.shortest(draft));
  }

  /** A search of the whole scope if it is small; else of scopes with fewer calls; else of the whole after all. */
  private shortest(draft: Draft): Draft {
    const { bench, maxStates } = this;
    const quick = this.searched(draft, Math.ceil(maxStates * QUICK_SHARE));
    if (quick !== undefined) return quick;
    const fewest = withFewestCalls(bench, draft, Math.ceil(maxStates * CALLS_SHARE));
    if (fewest === draft) return this.searched(draft, maxStates) ?? draft;
    this.proven = true;
    return fewest;
  }

  /** The shortest run of the draft's scope, or undefined if so many states do not decide which it is. */
  private searched(draft: Draft, statesMax: number): Draft | undefined {
    const drains = draft.actions.some(({ kind }) => kind === "drain");
    // Searches do not drain lists: only an equally short run without drains shows that these do not help.
    const stepsMax = draft.actions.length - (drains ? 0 : 1);
    const searched = this.bench.shortest(draft.scope, draft.actions, { stepsMax, statesMax });
    this.proven = typeof searched === "object" || (searched === "none" && !drains);
    if (typeof searched === "object") return searched.found;
    return searched === "none" ? draft : undefined;
  }

  private stage(stage: ShrinkStage, work: (draft: Draft) => Draft): void {
    const { options } = this;
    if (options.shouldStop?.() === true) return;
    const before = this.draft;
    this.draft = work(before);
    const size = sizeOf(this.draft);
    const last = this.stages.at(-1);
    if (last === undefined || this.draft !== before || stage === "search") this.stages.push({ stage, ...size });
    options.onProgress?.(`${stage}: ${size.steps} steps in ${size.scope}`);
  }
}

function sizeOf({ scope, actions }: Draft): RunSize {
  return { events: countEvents(actions), steps: actions.length, scope: printScope(scope) };
}

/** The draft as a counterexample of its own, its steps performed once more by name. */
function recorded(run: Counterexample | StoredRun, { scope, actions }: Draft, proven: boolean): Counterexample {
  const text = printScope(scope);
  const origin = { design: run.design, scope: text, steps: actions.map((action) => ({ action })) };
  const engine = run.engine.endsWith(SHRUNK) ? run.engine : `${run.engine}${SHRUNK}`;
  return recordRun(machineForRun(origin), numbersOf(origin, actions), run.claim, {
    scope: text,
    engine,
    minimality: proven ? "proven shortest in this scope" : "locally minimal",
    ...(run.seed === undefined ? {} : { seed: run.seed }),
  });
}

const SHRUNK = ", shrunk";

function numbersOf(origin: Parameters<typeof machineForRun>[0], actions: readonly NamedAction[]): number[] {
  const machine = machineForRun(origin);
  return actions.map((name) => {
    const action = resolveRecorded(machine, name);
    assert(typeof action === "number", "a run that was just made can be done again by name");
    machine.clearStep();
    machine.perform(action);
    return action;
  });
}

function notViolated({ design, claim }: Counterexample | StoredRun): InputError {
  return new InputError(
    "NOT-VIOLATED",
    `the run does not violate ${claim} of ${design} on today's code, so there is nothing to make smaller`,
    "asilab replay FILE names the first step that differs",
  );
}
