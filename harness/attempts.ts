import { isProgress, type NamedAction } from "../model/action.ts";
import { assert } from "../model/failure.ts";
import type { Machine } from "../model/machine.ts";
import { Judge } from "./judge.ts";
import { looseAction } from "./loose-action.ts";
import { resolveRecorded } from "./resolve-recorded.ts";

/** What came of one list of actions. */
export interface Attempt {
  /** The claim is violated by the last action taken, or by the standstill that follows it. */
  readonly violated: boolean;
  /** Action numbers performed, in order, up to the violation; each is valid in the state that the ones before it lead to. */
  readonly taken: readonly number[];
  /** Places in the given list of the actions performed. */
  readonly kept: readonly number[];
}

/** Steps after which a machine without new calls is taken for one that never comes to rest. */
const SETTLING_STEPS_MAX = 2_000;

/**
 * One machine on which variants of a run are tried against one claim: an action that is not possible where it stands is skipped,
 * and the run ends at the first violation of the claim.
 *
 * Shrinking, explaining and finding a lost failure again all ask this one question, thousands of times.
 *
 * - **Shapes, units**: the machine is at the beginning of its scenario; every attempt starts there again.
 * - **Cost**: one copy of the state for each attempt, then a step and the claim's incremental form for each action.
 * - **Errors**: none; a list of which nothing is possible violates nothing.
 */
export class Attempts {
  /** Attempts made so far. */
  count = 0;
  private readonly initial: Uint32Array;
  private readonly judge: Judge;
  private readonly bit: number;
  private readonly atRest: boolean;

  constructor(
    readonly machine: Machine,
    claim: string,
  ) {
    this.initial = machine.state.words.slice();
    this.judge = new Judge(machine, "run", ({ id, terminal }) => id === claim || terminal === true);
    this.bit = this.judge.claims.findIndex(({ id }) => id === claim);
    const kind = this.judge.claims[this.bit]?.kind;
    this.atRest = kind === "liveness" || kind === "deadlock";
  }

  /** The claim means something in this world. */
  get applies(): boolean {
    return this.bit >= 0;
  }

  /** Tries actions by name: what the name means is looked up in the state in which its turn comes. */
  named(actions: readonly NamedAction[]): Attempt {
    return this.attempt(actions.length, (at) => {
      const action = resolveRecorded(this.machine, actions[at] as NamedAction);
      return typeof action === "number" ? action : undefined;
    });
  }

  /**
   * Tries actions by what they are about (see looseAction), and, for a claim about a standstill, lets everything under way come
   * to its end: `taken` then goes on beyond the list.
   */
  loose(actions: readonly NamedAction[]): Attempt {
    return this.attempt(actions.length, (at) => looseAction(this.machine, actions[at] as NamedAction), this.atRest);
  }

  /** Tries action numbers, each of which must be enabled or blocked where it stands: for prefixes and pieces of a known run. */
  numbered(actions: readonly number[]): Attempt {
    return this.attempt(actions.length, (at) => actions[at]);
  }

  private attempt(length: number, actionAt: (at: number) => number | undefined, settles = false): Attempt {
    assert(this.applies, "an attempt is made only where its claim applies");
    const { machine, judge } = this;
    this.count++;
    machine.state.words.set(this.initial);
    machine.clearStep();
    judge.load();
    const taken: number[] = [];
    const kept: number[] = [];
    const most = settles ? length + SETTLING_STEPS_MAX : length;
    for (let at = 0; at < most; at++) {
      const action = at < length ? actionAt(at) : this.progress();
      if (action === undefined && at >= length) break;
      if (action === undefined) continue;
      machine.clearStep();
      if (!machine.perform(action)) continue;
      taken.push(action);
      if (at < length) kept.push(at);
      const violated = judge.afterStep();
      judge.commit();
      if ((violated >>> this.bit) & 1) return { violated: true, taken, kept };
      if ((violated & judge.terminalMask) !== 0) return { violated: false, taken, kept };
    }
    return { violated: this.atRest && this.standsStill(), taken, kept };
  }

  /** What must hold at a standstill is judged only where nothing can make progress. */
  private standsStill(): boolean {
    if (this.progress() !== undefined) return false;
    return ((this.judge.atStandstill() >>> this.bit) & 1) === 1;
  }

  /** The first progress action that is not blocked; the state is left as it is. */
  private progress(): number | undefined {
    const { machine } = this;
    const here = machine.state.words.slice();
    const actions: number[] = [];
    machine.enumerate((action) => {
      if (isProgress(action)) actions.push(action);
    });
    const found = actions.find((action) => machine.perform(action));
    machine.state.words.set(here);
    machine.clearStep();
    return found;
  }
}
