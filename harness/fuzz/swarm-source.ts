import { ACTION, actionArg, actionCpu, actionKind } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";
import { NOTHING, type Picker } from "../../properties/arbitraries/picker.ts";
import { actorOf, PairStream, preferenceOf } from "../../properties/arbitraries/schedule.ts";
import type { PairSource } from "./pair-source.ts";

/** Draws before a turn goes to nobody. */
const DRAWS = 8;

/** What the environment does, which a run may be without. */
const OPTIONAL = [ACTION.drain, ACTION.preempt, ACTION.enter, ACTION.exit, ACTION.interrupt, ACTION.evict, ACTION.fill];

/**
 * Random pairs of a world in which some things never happen: calls for some sizes and kinds, frees on some CPUs, drains,
 * preemption, mode switches, interrupts, named calls. Which, is drawn once per run.
 *
 * What always happens together hides what happens without the rest: a bug that needs a full list is not found while drains keep
 * emptying it.
 *
 * - **Source**: Groce, Zhang, Eide, Chen, Regehr, "Swarm Testing", ISSTA 2012.
 */
export class SwarmSource implements PairSource {
  pair = 0;
  private readonly stream: PairStream;
  private readonly cpus: number;
  private readonly kinds: ReadonlySet<number>;
  private readonly entries: ReadonlySet<number>;
  private readonly calls: ReadonlySet<number>;
  private readonly callers: ReadonlySet<number>;
  private readonly freers: ReadonlySet<number>;

  constructor(
    seed: number,
    machine: Machine,
    private readonly picker: Picker,
  ) {
    this.stream = new PairStream(seed);
    this.cpus = machine.world.cpus;
    this.kinds = new Set(OPTIONAL.filter(() => this.stream.draw(2) === 0));
    this.entries = this.some(machine.menu.length);
    this.calls = this.some(machine.callMenu.length);
    this.callers = this.some(this.cpus);
    this.freers = this.some(this.cpus);
  }

  next(): number {
    for (let draws = 0; draws < DRAWS; draws++) {
      this.pair = this.stream.next();
      const action = this.picker.pick(actorOf(this.pair, this.cpus), preferenceOf(this.pair));
      if (action !== NOTHING && this.allows(action)) return action;
    }
    return NOTHING;
  }

  private allows(action: number): boolean {
    switch (actionKind(action)) {
      case ACTION.alloc:
      case ACTION.irqAlloc:
        return this.entries.has(actionArg(action)) && this.callers.has(actionCpu(action));
      case ACTION.free:
      case ACTION.irqFree:
        return this.freers.has(actionCpu(action));
      case ACTION.call:
        return this.calls.has(actionArg(action));
      default:
        return !this.kinds.has(actionKind(action));
    }
  }

  /** A random part of 0 to `count` - 1, all of it one time in four, never nothing. */
  private some(count: number): ReadonlySet<number> {
    const all = Array.from({ length: count }, (_, at) => at);
    if (this.stream.draw(4) === 0) return new Set(all);
    const chosen = all.filter(() => this.stream.draw(2) === 0);
    return new Set(chosen.length > 0 ? chosen : all.slice(0, 1));
  }
}
