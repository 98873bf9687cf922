import type { TransitionSystem, Visit } from "../checker/transition-system.ts";
import { isProgress } from "../model/action.ts";
import type { Machine } from "../model/machine.ts";
import { Judge } from "./judge.ts";

/**
 * A machine with its claims, as the search engine sees it: words, actions, masks.
 *
 * - **Shapes, units**: labels are the ids of the claims that apply to the design.
 */
export class SearchSystem implements TransitionSystem {
  readonly words: number;
  readonly labels: readonly string[];
  readonly judge: Judge;
  private readonly actions: number[] = [];
  /** Set for a cross-check: every successor is also judged by the full forms, and must get the same answer. */
  constructor(readonly machine: Machine) {
    this.words = machine.state.words.length;
    this.judge = new Judge(machine, "search");
    this.labels = this.judge.claims.map((claim) => claim.id);
  }

  initial(out: Uint32Array): number {
    this.machine.state.save(out);
    return 0;
  }

  expand(source: Uint32Array, offset: number, next: Uint32Array, visit: Visit): number {
    const { machine, judge, actions } = this;
    const { state } = machine;
    state.restore(source, offset);
    judge.load();
    actions.length = 0;
    machine.enumerate(this.collect);
    let progress = 0;
    for (let i = 0; i < actions.length; i++) {
      if (i > 0) state.restore(source, offset);
      const action = actions[i] as number;
      machine.clearStep();
      if (!machine.perform(action)) continue;
      if (isProgress(action)) progress++;
      const violated = judge.afterStep();
      state.save(next);
      visit(action, violated, (violated & judge.terminalMask) !== 0);
    }
    if (progress > 0) return 0;
    state.restore(source, offset);
    machine.clearStep();
    return judge.atStandstill();
  }

  private readonly collect = (action: number): void => {
    this.actions.push(action);
  };
}
