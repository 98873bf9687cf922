import { Judge } from "../harness/judge.ts";
import { nameAction } from "../harness/name-action.ts";
import { recordRun } from "../harness/record.ts";
import { machineFor } from "../harness/scenario.ts";
import { printScope, type Scope } from "../harness/scope.ts";
import { callsMade } from "../harness/shrink/draft.ts";
import type { NamedAction } from "../model/action.ts";
import type { Counterexample } from "../model/counterexample.ts";
import type { Design } from "../model/design.ts";
import type { Machine } from "../model/machine.ts";
import { Picker } from "../properties/arbitraries/picker.ts";
import { actorOf, pairsFrom, preferenceOf } from "../properties/arbitraries/schedule.ts";

/** How hard to look: runs, scheduling choices in each, and what they are drawn from. */
export interface RandomSearch {
  readonly runs: number;
  readonly steps: number;
  readonly seed: number;
}

/** Calls per CPU that are topped up again: the workload is open. */
const OPEN_QUOTA = 200;

/**
 * The first random run that violates a claim, as it was run: nothing is shrunk, and nothing chosen but the world.
 *
 * - **Cost**: every micro-step is judged by the claim; a run of `steps` choices takes about as many microseconds.
 * - **Errors**: none; undefined when none of the runs violates it.
 */
export function randomViolation(
  design: Design,
  scope: Scope,
  claim: string,
  { runs, steps, seed }: RandomSearch,
): { readonly run: Counterexample; readonly runs: number } | undefined {
  const open = { ...scope, calls: scope.calls.map(() => OPEN_QUOTA) };
  const machine = machineFor(design, open);
  const initial = machine.state.words.slice();
  const walk = new Walk(machine, claim);
  if (!walk.applies) return undefined;
  for (let run = 0; run < runs; run++) {
    machine.state.words.set(initial);
    machine.clearStep();
    if (!walk.violates(pairsFrom(seed + run, steps))) continue;
    machine.state.words.set(initial);
    return {
      run: recorded(design, scope, claim, named(machine, walk.actions), walk.actions, seed + run),
      runs: run + 1,
    };
  }
  return undefined;
}

function recorded(
  design: Design,
  scope: Scope,
  claim: string,
  names: readonly NamedAction[],
  actions: readonly number[],
  seed: number,
): Counterexample {
  const spare = scope.preempt ? 1 : 0;
  const closed = { ...scope, calls: callsMade(names, scope.cpus).map((calls) => calls + spare) };
  const header = { scope: printScope(closed), engine: "random", minimality: "locally minimal", seed };
  return recordRun(machineFor(design, closed), actions, claim, header);
}

function named(machine: Machine, actions: readonly number[]): NamedAction[] {
  return actions.map((action) => {
    const name = nameAction(machine, action);
    machine.clearStep();
    machine.perform(action);
    machine.grant(name.cpu, OPEN_QUOTA);
    return name;
  });
}

/** One machine, walked at random again and again. */
class Walk {
  /** What the last run did, up to the violation. */
  actions: number[] = [];
  private readonly judge: Judge;
  private readonly picker: Picker;
  private readonly bit: number;

  constructor(
    private readonly machine: Machine,
    claim: string,
  ) {
    this.judge = new Judge(machine, "run", ({ id, terminal }) => id === claim || terminal === true);
    this.bit = this.judge.claims.findIndex(({ id }) => id === claim);
    this.picker = new Picker(machine, 2);
  }

  get applies(): boolean {
    return this.bit >= 0;
  }

  violates(pairs: Uint32Array): boolean {
    const { machine, judge, picker } = this;
    this.actions = [];
    judge.load();
    for (const pair of pairs) {
      const action = picker.pick(actorOf(pair, machine.world.cpus), preferenceOf(pair));
      if (action < 0) continue;
      const violated = this.take(action);
      if (violated === undefined) continue;
      if ((violated >>> this.bit) & 1) return true;
      if ((violated & judge.terminalMask) !== 0) return false;
    }
    return this.violatesAtRest();
  }

  /** What the step violated, or undefined if it was blocked. */
  private take(action: number): number | undefined {
    const { machine, judge } = this;
    machine.clearStep();
    if (!machine.perform(action)) return undefined;
    this.actions.push(action);
    machine.grant((action >>> 24) & 15, OPEN_QUOTA);
    const violated = judge.afterStep();
    judge.commit();
    return violated;
  }

  /** Lets everything under way come to its end. */
  private violatesAtRest(): boolean {
    const { machine, judge, picker } = this;
    const { cpus } = machine.world;
    for (let cpu = 0, idle = 0; idle < cpus; cpu = (cpu + 1) % cpus) {
      idle++;
      for (const action of picker.progress(cpu)) {
        const violated = this.take(action);
        if (violated === undefined) continue;
        if ((violated >>> this.bit) & 1) return true;
        if ((violated & judge.terminalMask) !== 0) return false;
        idle = 0;
        break;
      }
    }
    machine.clearStep();
    return ((judge.atStandstill() >>> this.bit) & 1) === 1;
  }
}
