import { type SearchResult, search } from "../checker/search.ts";
import type { NamedAction } from "../model/action.ts";
import type { Counterexample } from "../model/counterexample.ts";
import type { Machine } from "../model/machine.ts";
import { Attempts } from "./attempts.ts";
import type { StoredRun } from "./counterexample-file.ts";
import { machineForRun, type RunSetting } from "./machine-for-run.ts";
import type { RunControl } from "./outcome.ts";
import { recordRun } from "./record.ts";
import type { ReplayReport } from "./replay.ts";
import { SearchSystem } from "./search-system.ts";

export interface RefindOptions extends RunSetting, RunControl {
  /** States to store in each search from somewhere along the run, at most. */
  readonly nearbyStates?: number;
  /** States to store in the search of the whole scope, at most. */
  readonly scopeStates?: number;
}

const NEARBY_STATES = 20_000;
const SCOPE_STATES = 150_000;
/** Words of a state up to which these hold; in a larger world as many fewer states are stored. */
const STATE_WORDS = 128;

/**
 * What became of a failure that does not replay as it was stored.
 *
 * - `found`: by the recording's own actions where they are possible (`actions`), by a search from one of its states (`nearby`), or
 *   by a search of its scope (`scope`); `common` steps are those of the recording.
 * - `holds`: the whole scope was searched, and the claim holds in it.
 * - `lost`: it was not found within the bounds, so nothing is known.
 * - `mute`: the claim says nothing of this design and world any more.
 */
export interface RefindReport {
  readonly answer: "found" | "holds" | "lost" | "mute";
  readonly how?: "actions" | "nearby" | "scope";
  readonly common?: number;
  readonly run?: Counterexample;
  /** Variants of the recording, searches from states along it, and states they stored. */
  readonly tried: { readonly attempts: number; readonly searches: number; readonly states: number };
}

/**
 * Looks for a failure again after the code has changed: first by what the recording does, leaving out what is not possible;
 * then by breadth-first search from the last state in which today's run and the recording agree, and from earlier ones; then in
 * the whole scope.
 *
 * - **Cost**: at most `nearbyStates` for each of about log2(steps) states along the run, and `scopeStates`.
 * - **Errors**: `InputError` UNKNOWN-DESIGN, BAD-SCOPE.
 */
export function refind(stored: StoredRun, report: ReplayReport, options: RefindOptions = {}): RefindReport {
  const hunt = new Hunt(stored, options);
  if (!hunt.applies) return hunt.ended("mute");
  return hunt.byActions() ?? hunt.nearby(agreed(report)) ?? hunt.inScope();
}

/** Steps up to which the two runs agree. */
function agreed({ divergence, stepsDone }: ReplayReport): number {
  return divergence === undefined ? stepsDone : Math.max(0, Math.min(stepsDone, divergence.step - 1));
}

class Hunt {
  private readonly attempts: Attempts;
  private readonly actions: readonly NamedAction[];
  /** The recording in today's numbers, as far as it can be followed. */
  private recorded: readonly number[] = [];
  private searches = 0;
  private states = 0;

  constructor(
    private readonly stored: StoredRun,
    private readonly options: RefindOptions,
  ) {
    this.attempts = new Attempts(this.machine(), stored.claim);
    this.actions = stored.steps.map(({ action }) => action);
  }

  get applies(): boolean {
    return this.attempts.applies;
  }

  ended(answer: RefindReport["answer"]): RefindReport {
    const { searches, states } = this;
    return { answer, tried: { attempts: this.attempts.count, searches, states } };
  }

  /** The recording with what is not possible left out, read by the letter and then by the sense. */
  byActions(): RefindReport | undefined {
    this.options.onProgress?.("the recording's own actions");
    const strict = this.attempts.named(this.actions);
    this.recorded = strict.taken.filter((_, at) => strict.kept[at] === at);
    if (strict.violated) return this.found("actions", strict.taken);
    const loose = this.attempts.loose(this.actions);
    return loose.violated ? this.found("actions", loose.taken) : undefined;
  }

  /** From the state up to which both agree, and from 2, 4, 8 … steps before; then from where the loose reading ends. */
  nearby(agreeing: number): RefindReport | undefined {
    const taken = this.attempts.named(this.actions.slice(0, agreeing)).taken;
    for (let back = 0; back < taken.length; back = back === 0 ? 2 : back * 2) {
      const found = this.from("nearby", taken.slice(0, taken.length - back));
      if (found !== undefined) return found;
    }
    return this.from("nearby", this.attempts.loose(this.actions).taken);
  }

  inScope(): RefindReport {
    const found = this.from("scope", []);
    return found ?? this.ended(this.holds ? "holds" : "lost");
  }

  /** The latest search, one of the whole scope, came to its end. */
  private holds = false;

  private from(how: "nearby" | "scope", prefix: readonly number[]): RefindReport | undefined {
    const { nearbyStates = NEARBY_STATES, scopeStates = SCOPE_STATES, onProgress, shouldStop } = this.options;
    if (shouldStop?.() === true) return undefined;
    const machine = this.machine();
    for (const action of prefix) machine.perform(action);
    machine.clearStep();
    const { claim } = this.stored;
    const system = new SearchSystem(machine, ({ id, terminal }) => id === claim || terminal === true);
    const bit = system.labels.indexOf(claim);
    const where = prefix.length === 0 ? "the scope" : `after step ${prefix.length}`;
    const most = how === "scope" ? scopeStates : nearbyStates;
    const result = search(system, {
      maxStates: Math.ceil(Math.min(most, (most * STATE_WORDS) / system.words)),
      stopWhen: 1 << bit,
      onLevel: ({ states, depth }) => {
        onProgress?.(`${where}: ${states} states, level ${depth}`);
        return shouldStop?.() !== true;
      },
    });
    this.searches++;
    this.states += result.states;
    this.holds = how === "scope" && result.complete;
    const path = result.violations[bit]?.path();
    return path === undefined ? undefined : this.found(how, [...prefix, ...path], result);
  }

  private found(how: RefindReport["how"] & string, taken: readonly number[], result?: SearchResult): RefindReport {
    const { scope, claim } = this.stored;
    const shortest = how === "scope" && result?.violations.some((violation) => violation !== undefined) === true;
    const minimality = shortest ? "proven shortest in this scope" : "found again nearby, not made small";
    const run = recordRun(this.machine(), taken, claim, { scope, engine: "refind", minimality });
    return { ...this.ended("found"), how, common: this.commonWith(taken), run };
  }

  /** Leading steps that are those of the recording, under whatever name. */
  private commonWith(taken: readonly number[]): number {
    const differs = taken.findIndex((action, at) => action !== this.recorded[at]);
    return differs < 0 ? taken.length : differs;
  }

  private machine(): Machine {
    return machineForRun(this.stored, this.options);
  }
}
