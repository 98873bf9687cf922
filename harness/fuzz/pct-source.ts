import { ACTION, actionKind, stepLevel } from "../../model/action.ts";
import { LEVEL_TASK, LEVEL_WORKER } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import { NOTHING, type Picker, placePreference } from "../../properties/arbitraries/picker.ts";
import { PairStream, preferenceOf } from "../../properties/arbitraries/schedule.ts";
import { type PairSource, pairOf } from "./pair-source.ts";

/** What a CPU does on its own account: its tasks, its worker, and what interrupts bring. Each has a priority of its own. */
const LANES = 3;
const TASK = 0;
const WORKER = 1;
const INTERRUPT = 2;

/** A turn in eight goes to what the environment may do to a CPU, as in uniform runs. */
const RARE = 0b111;

export interface PctOptions {
  readonly seed: number;
  /** Ordering constraints that a bug needs; there is one change point less. */
  readonly depth: number;
  /** Turns after which priorities are drawn anew. */
  readonly window: number;
}

/**
 * Probabilistic concurrency testing: the runnable actor of the highest priority moves, always; priorities are random, and at
 * `depth` - 1 random moments of a window the actor that would move falls below all others.
 *
 * A bug that needs `depth` ordering constraints among n actors within a window of k turns is found by a window that begins in a
 * state from which it can happen with probability at least 1 / (n · k^(depth − 1)). An actor is a CPU's tasks, its worker or its
 * interrupts, so n is three times the CPUs. Workloads are open, so a long run is a row of windows.
 *
 * - **Source**: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding
 *   Bugs", ASPLOS 2010.
 */
export class PctSource implements PairSource {
  pair = 0;
  /** Actors by falling priority; an actor is three times its CPU, plus its lane. */
  readonly order: number[];
  private readonly stream: PairStream;
  private readonly cpus: number;
  private changes: number[] = [];
  private turn = 0;
  private last = NOTHING;
  /** Actors whose step was blocked since anything moved. */
  private waiting = 0;

  constructor(
    private readonly options: PctOptions,
    machine: Machine,
    private readonly picker: Picker,
  ) {
    this.stream = new PairStream(options.seed);
    this.cpus = machine.world.cpus;
    this.order = Array.from({ length: this.cpus * LANES }, (_, actor) => actor);
  }

  next(blocked: boolean): number {
    if (this.turn % this.options.window === 0) this.begin();
    if (blocked) this.waiting |= 1 << this.last;
    else this.waiting = 0;
    const wish = this.stream.next();
    const action = this.highest(wish);
    if (!this.changes.includes(this.turn++ % this.options.window)) return action;
    this.fall(this.last);
    return this.highest(wish);
  }

  private begin(): void {
    const { order, stream } = this;
    for (let at = order.length - 1; at > 0; at--) {
      const other = stream.draw(at + 1);
      const kept = order[at] as number;
      order[at] = order[other] as number;
      order[other] = kept;
    }
    this.changes = Array.from({ length: this.options.depth - 1 }, () => stream.draw(this.options.window));
  }

  private fall(actor: number): void {
    const at = this.order.indexOf(actor);
    if (at < 0) return;
    this.order.splice(at, 1);
    this.order.push(actor);
  }

  /** An action of the first actor in the order that has one. */
  private highest(wish: number): number {
    for (const actor of this.order) {
      if (((this.waiting >>> actor) & 1) === 1) continue;
      const action = this.actionOf(actor, wish);
      if (action === NOTHING) continue;
      this.last = actor;
      return action;
    }
    this.waiting = 0;
    return NOTHING;
  }

  private actionOf(actor: number, wish: number): number {
    const cpu = Math.floor(actor / LANES);
    const lane = actor % LANES;
    const preference = preferenceOf(wish);
    if (lane === INTERRUPT && (preference & RARE) === RARE) return this.take(cpu, preference);
    const candidates = this.picker.candidates(cpu);
    let matching = 0;
    for (const action of candidates) if (laneOf(action) === lane) matching++;
    if (matching === 0) return NOTHING;
    let left = (preference >>> 3) % matching;
    for (let place = 0; place < candidates.length; place++) {
      if (laneOf(candidates[place] as number) !== lane || left-- > 0) continue;
      return this.take(cpu, spread(placePreference(place), candidates.length, preference));
    }
    return NOTHING;
  }

  private take(cpu: number, preference: number): number {
    this.pair = pairOf(cpu, preference);
    return this.picker.pick(cpu, preference);
  }
}

/** The same choice, with a random page for those that need one. */
function spread(preference: number, count: number, random: number): number {
  return preference + placePreference(count * (random % 2_048));
}

function laneOf(action: number): number {
  const kind = actionKind(action);
  if (kind === ACTION.worker) return WORKER;
  if (kind === ACTION.ipi || kind === ACTION.store || kind === ACTION.interrupt) return INTERRUPT;
  if (kind !== ACTION.step) return TASK;
  const level = stepLevel(action);
  if (level === LEVEL_TASK) return TASK;
  return level === LEVEL_WORKER ? WORKER : INTERRUPT;
}
