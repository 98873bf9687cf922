import type { TransitionSystem, Visit } from "../../checker/transition-system.ts";
import { isProgress } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { Judge } from "../judge.ts";
import { ScriptProgress } from "./script-progress.ts";
import { isCall, type ScriptedCall } from "./scripted-call.ts";

/** Actions of one state at most. */
const MOST_ACTIONS = 1 << 12;

/**
 * A machine of which only given calls are asked, each CPU's in their order, held against one claim: everything else, schedules,
 * workers, interrupts by other CPUs and what hardware may do, is the search's to choose.
 *
 * - **Shapes, units**: the machine is at the beginning of its scenario. A state is the machine's words and how far the calls have
 *   come. Labels are the claim and those that end a run.
 */
export class ScriptedSystem implements TransitionSystem {
  readonly words: number;
  readonly labels: readonly string[];
  readonly progress: ScriptProgress;
  private readonly judge: Judge;
  private readonly source: Uint32Array;
  private readonly actions = new Uint32Array(MOST_ACTIONS);
  private count = 0;

  constructor(
    readonly machine: Machine,
    calls: readonly ScriptedCall[],
    claim: string,
  ) {
    this.judge = new Judge(machine, "search", ({ id, terminal }) => id === claim || terminal === true);
    this.labels = this.judge.claims.map(({ id }) => id);
    this.progress = new ScriptProgress(machine, calls);
    this.words = machine.state.words.length + this.progress.words.length;
    this.source = new Uint32Array(this.words);
  }

  initial(out: Uint32Array): number {
    this.write(out);
    return 0;
  }

  expand(pool: Uint32Array, offset: number, next: Uint32Array, visit: Visit): number {
    const { machine, judge, source, actions } = this;
    for (let i = 0; i < source.length; i++) source[i] = pool[offset + i] as number;
    this.restore();
    judge.load();
    this.listActions();
    let moves = false;
    for (let i = 0; i < this.count; i++) {
      this.restore();
      machine.clearStep();
      const action = actions[i] as number;
      if (!machine.perform(action)) continue;
      if (isProgress(action)) moves = true;
      this.progress.afterAction(action);
      const violated = judge.afterStep();
      this.write(next);
      visit(action, violated, (violated & judge.terminalMask) !== 0);
    }
    if (moves) return 0;
    this.restore();
    machine.clearStep();
    return judge.atStandstill();
  }

  private listActions(): void {
    this.count = 0;
    this.machine.enumerate((action) => {
      if (!isCall(action)) this.add(action);
    });
    for (let cpu = 0; cpu < this.machine.world.cpus; cpu++) {
      const call = this.progress.nextCall(cpu);
      if (call !== undefined) this.add(call);
    }
  }

  private add(action: number): void {
    assert(this.count < MOST_ACTIONS, "a searched state enables no more actions than the list holds");
    this.actions[this.count++] = action;
  }

  private restore(): void {
    const { words } = this.machine.state;
    const { progress, source } = this;
    words.set(source.subarray(0, words.length));
    progress.words.set(source.subarray(words.length));
  }

  private write(out: Uint32Array): void {
    const { words } = this.machine.state;
    out.set(words);
    out.set(this.progress.words, words.length);
  }
}
