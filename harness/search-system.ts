import type { TransitionSystem, Visit } from "../checker/transition-system.ts";
import { isProgress } from "../model/action.ts";
import type { Claim } from "../model/claim.ts";
import { assert } from "../model/failure.ts";
import type { Machine } from "../model/machine.ts";
import { Judge } from "./judge.ts";

/** Actions of one state at most: every CPU may free every page, fill it or evict it, and interrupt every other. */
const MOST_ACTIONS = 1 << 16;

/**
 * A machine with its claims, as the search engine sees it: words, actions, masks.
 *
 * - **Shapes, units**: labels are the ids of the claims that apply to the design.
 */
export class SearchSystem implements TransitionSystem {
  readonly words: number;
  readonly labels: readonly string[];
  /** The machine's own state: a step's outcome is stored from where it was made. */
  readonly next: Uint32Array;
  readonly judge: Judge;
  /** The state being expanded, copied once out of the engine's pool. */
  private readonly source: Uint32Array;
  private readonly actions = new Uint32Array(MOST_ACTIONS);
  private count = 0;

  constructor(
    readonly machine: Machine,
    chosen: (claim: Claim) => boolean = () => true,
  ) {
    this.next = machine.state.words;
    this.words = this.next.length;
    this.source = new Uint32Array(this.words);
    this.judge = new Judge(machine, "search", chosen);
    this.labels = this.judge.claims.map((claim) => claim.id);
  }

  initial(out: Uint32Array): number {
    this.machine.state.save(out);
    return 0;
  }

  expand(pool: Uint32Array, offset: number, next: Uint32Array, visit: Visit): number {
    const { machine, judge, actions, source } = this;
    const { words } = machine.state;
    for (let i = 0; i < source.length; i++) source[i] = pool[offset + i] as number;
    words.set(source);
    judge.load();
    this.count = 0;
    machine.enumerate(this.collect);
    let progress = 0;
    for (let i = 0; i < this.count; i++) {
      if (i > 0) words.set(source);
      const action = actions[i] as number;
      machine.clearStep();
      if (!machine.perform(action)) continue;
      if (isProgress(action)) progress++;
      const violated = judge.afterStep();
      if (next !== words) next.set(words);
      visit(action, violated, (violated & judge.terminalMask) !== 0);
    }
    if (progress > 0) return 0;
    words.set(source);
    machine.clearStep();
    return judge.atStandstill();
  }

  private readonly collect = (action: number): void => {
    assert(this.count < MOST_ACTIONS, "a searched state enables no more actions than the list holds");
    this.actions[this.count++] = action;
  };
}
