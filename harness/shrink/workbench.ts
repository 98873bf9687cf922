import { search } from "../../checker/search.ts";
import type { NamedAction } from "../../model/action.ts";
import type { Design } from "../../model/design.ts";
import { assert, InternalError } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { Attempts } from "../attempts.ts";
import { machineForRun } from "../machine-for-run.ts";
import { nameAction } from "../name-action.ts";
import { machineFor } from "../scenario.ts";
import { printScope, type Scope } from "../scope.ts";
import { SearchSystem } from "../search-system.ts";
import type { Draft } from "./draft.ts";

/** Machines kept for later attempts in the same scope. */
const MACHINES_MAX = 32;

/** What a search for a shorter run may take, and how short the run must be. */
export interface SearchLimits {
  /** Micro-steps of the longest run that is of use. */
  readonly stepsMax: number;
  readonly statesMax: number;
}

/**
 * What a search answered: a shortest run; that there is none of so few steps; that it stopped before it knew; or that the scope is
 * too small for what may happen in it.
 */
export type Searched = { readonly found: Draft } | "none" | "unknown" | "broken";

interface Bench {
  readonly machine: Machine;
  readonly attempts: Attempts;
  readonly initial: Uint32Array;
}

/**
 * Tries variants of one design's run against one claim, in whatever scope: each scope's machine is built once.
 *
 * - **Cost**: an attempt is one run; a new scope costs a boot and its set-up.
 */
export class Workbench {
  /** Runs tried and states searched so far. */
  attempts = 0;
  states = 0;
  private readonly kept = new Map<string, Bench>();

  constructor(
    readonly design: Design,
    readonly claim: string,
    private readonly shouldStop: () => boolean = () => false,
  ) {}

  /** What the actions come to here, if they still violate the claim: those that were possible, up to the violation. */
  tried(scope: Scope, actions: readonly NamedAction[]): Draft | undefined {
    return this.within(scope, actions, undefined, (bench) => {
      this.attempts++;
      const attempt = bench.attempts.loose(actions);
      return attempt.violated ? this.named(bench, scope, attempt.taken) : undefined;
    });
  }

  /** The actions read strictly, each possible where it stands. */
  reproduced(scope: Scope, actions: readonly NamedAction[]): Draft | undefined {
    const bench = this.benchFor(scope, actions);
    if (bench === undefined) return undefined;
    this.attempts++;
    const attempt = bench.attempts.named(actions);
    return attempt.violated ? this.named(bench, scope, attempt.taken) : undefined;
  }

  /**
   * A shortest run in a scope, breadth first. What tasks may ask for is what the scope offers and the given actions ask for.
   *
   * - **Errors**: none; a limit is `unknown`, and a scope in which the claim means nothing is `broken`.
   */
  shortest(scope: Scope, actions: readonly NamedAction[], limits: SearchLimits): Searched {
    return this.within<Searched>(scope, actions, "broken", (bench) => this.searched(bench, scope, limits));
  }

  private searched(bench: Bench, scope: Scope, { stepsMax, statesMax }: SearchLimits): Searched {
    const { machine } = bench;
    machine.state.words.set(bench.initial);
    machine.clearStep();
    const system = new SearchSystem(machine, ({ id, terminal }) => id === this.claim || terminal === true);
    const bit = system.labels.indexOf(this.claim);
    assert(bit >= 0, "a claim that attempts are judged by is one that a search is judged by");
    const kind = system.judge.claims[bit]?.kind;
    // A claim about a standstill is found one level later: when the state is expanded and turns out to stand still.
    const maxLevels = kind === "liveness" || kind === "deadlock" ? stepsMax + 1 : stepsMax;
    const result = search(system, {
      maxStates: statesMax,
      maxLevels,
      stopWhen: 1 << bit,
      onLevel: () => !this.shouldStop(),
    });
    this.states += result.states;
    const path = result.violations[bit]?.path();
    if (path !== undefined && path.length <= stepsMax) return { found: this.named(bench, scope, path) };
    return result.complete || result.stoppedBy === "levels" ? "none" : "unknown";
  }

  /** Words of a scope's state: how large a world is. */
  wordsIn(scope: Scope): number {
    return this.within(scope, [], Number.POSITIVE_INFINITY, ({ initial }) => initial.length);
  }

  /**
   * Works in a scope, unless the claim means nothing there or the scope is too small for what happens in it: a call that names
   * page 5 where there are four, or a broken design that reads beyond the end, says nothing about the claim.
   */
  private within<T>(scope: Scope, actions: readonly NamedAction[], otherwise: T, work: (bench: Bench) => T): T {
    try {
      const bench = this.benchFor(scope, actions);
      return bench === undefined ? otherwise : work(bench);
    } catch (error) {
      if (!(error instanceof InternalError)) throw error;
      this.kept.clear();
      return otherwise;
    }
  }

  private named(bench: Bench, scope: Scope, taken: readonly number[]): Draft {
    const { machine, initial } = bench;
    machine.state.words.set(initial);
    const actions = taken.map((action) => {
      const name = nameAction(machine, action);
      machine.clearStep();
      machine.perform(action);
      return name;
    });
    return { scope, actions };
  }

  /** Undefined where the claim means nothing. */
  private benchFor(scope: Scope, actions: readonly NamedAction[]): Bench | undefined {
    const asks = actions.filter(({ request }) => request !== undefined);
    const wants = [...new Set(asks.map(({ request, order }) => `${request} ${order}`))].sort();
    const key = `${printScope(scope)} ${wants.join()}`;
    const bench = this.kept.get(key) ?? this.build(scope, asks);
    this.kept.delete(key);
    this.kept.set(key, bench);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MACHINES_MAX && oldest !== undefined) this.kept.delete(oldest);
    return bench.attempts.applies ? bench : undefined;
  }

  private build(scope: Scope, asks: readonly NamedAction[]): Bench {
    const origin = { design: this.design.id, scope: printScope(scope), steps: asks.map((action) => ({ action })) };
    // Tasks of a world in which nobody allocates are not offered single pages, which set-ups alone ask for.
    const closed = !scope.allocates && asks.length === 0;
    const machine = closed ? machineFor(this.design, scope, []) : machineForRun(origin);
    return { machine, attempts: new Attempts(machine, this.claim), initial: machine.state.words.slice() };
  }
}
