import { ACTION, actionArg, actionKind, encodeAction, stepArg } from "../../model/action.ts";
import { LEVEL_HARDIRQ, LEVEL_NMI, LEVEL_SOFTIRQ, LEVEL_TASK, LEVEL_WORKER } from "../../model/kernel.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import type { Machine } from "../../model/machine.ts";

/** What `pick` answers when the actor can do nothing. */
export const NOTHING = -1;

/** Rows looked at in search of an allocated block before the pair is skipped; keeps a pick O(1) in large worlds. */
const SCAN_PAGES = 256;

/** Candidates of one CPU: at most a step's choices, an IPI per CPU, the workers, and the calls of a menu. */
const CANDIDATES_MAX = 256;

/** One pair in eight goes to what is rare where it can happen: drains, interrupts, preemption, mode switches, fills, evictions. */
const RARE = 0b111;
/** And of those one in eight to a drain: it moves hundreds of pages, and so does the refill after it. */
const DRAIN = 0b111_000;
/** The bits above choose among what is enabled; they are others than those, or some choices would never meet. */
const CHOICE_SHIFT = 6;
/** Preferences have 24 bits; this many wishes are left above those. */
const WISHES = 2 ** (24 - CHOICE_SHIFT);

/**
 * Turns (actor, preference) into an enabled action of that CPU, without listing every page that could be freed.
 *
 * Every action that `Machine.enumerateCpu` lists is the answer to some preference, and beside them only the draining of a
 * CPU's lists, which searches leave out (a property test says so). Preference 0 is the first thing the CPU itself would do.
 *
 * - **Cost**: O(CPUs + menu), plus at most 256 rows when a block to free is looked for.
 */
export class Picker {
  private readonly found = new Uint32Array(CANDIDATES_MAX);
  private count = 0;

  /** `frees`: chances of a free for every two of an allocation of each menu entry. */
  constructor(
    private readonly machine: Machine,
    private readonly frees: number,
  ) {}

  pick(cpu: number, preference: number): number {
    const wish = preference >>> CHOICE_SHIFT;
    this.count = 0;
    if ((preference & RARE) === RARE) this.environment(cpu, (preference & DRAIN) === DRAIN);
    if (this.count === 0) this.own(cpu);
    if (this.count === 0) return NOTHING;
    const action = this.found[wish % this.count] as number;
    const kind = actionKind(action);
    return kind < ACTION.free ? action : this.settle(cpu, action, kind, Math.floor(wish / this.count));
  }

  /** What the CPU can do without a new call: IPIs before steps before workers. Valid until the next question. */
  progress(cpu: number, workers = true): Uint32Array {
    this.count = 0;
    this.ipis(cpu);
    this.steps(cpu);
    if (this.machine.k.hasBufferedStores(cpu)) this.add(ACTION.store, cpu, 0);
    if (workers) this.workers(cpu);
    return this.found.subarray(0, this.count);
  }

  /**
   * Everything the CPU itself could do next, in the order in which preferences choose: its steps, IPIs, workers, new calls.
   * Valid until the next question; place n is chosen by `placePreference(n)`.
   */
  candidates(cpu: number): Uint32Array {
    this.count = 0;
    this.own(cpu);
    return this.found.subarray(0, this.count);
  }

  /** A preference whose answer is the action, as things stand, or NOTHING. The inverse of `pick`. */
  preferenceFor(cpu: number, action: number): number {
    for (const low of [0, RARE, RARE | DRAIN]) {
      this.count = 0;
      if (low === 0) this.own(cpu);
      else this.environment(cpu, low !== RARE);
      for (let place = 0; place < this.count; place++) {
        const wish = wishFor(this.found[place] as number, action, place, this.count);
        if (wish >= 0 && wish < WISHES) return wish * 2 ** CHOICE_SHIFT + low;
      }
    }
    return NOTHING;
  }

  private own(cpu: number): void {
    const { machine } = this;
    if (machine.world.spaces !== undefined && machine.isOffline(cpu)) {
      this.spaceActions(cpu);
      return;
    }
    this.steps(cpu);
    this.ipis(cpu);
    this.workers(cpu);
    if (this.mayCall(cpu)) {
      this.calls(cpu, ACTION.alloc, ACTION.free);
      if (machine.callMenu.length > 0) this.spaceActions(cpu, ACTION.call);
    }
    if (machine.k.hasBufferedStores(cpu)) this.add(ACTION.store, cpu, 0);
  }

  /** What only machines with address spaces do: named calls, wake-ups, interrupts. */
  private spaceActions(cpu: number, only?: number): void {
    this.machine.spaceActions(cpu, (action) => {
      const kind = actionKind(action);
      if (kind !== ACTION.store && (only === undefined || kind === only)) this.found[this.count++] = action;
    });
  }

  private environment(cpu: number, drain: boolean): void {
    const { machine } = this;
    const { k, world } = machine;
    if (world.spaces !== undefined) {
      if (machine.isOffline(cpu)) return;
      this.spaceActions(cpu, ACTION.interrupt);
    }
    if (drain && this.mayCall(cpu)) this.add(ACTION.drain, cpu, 0);
    if (world.irq && machine.quotaOf(cpu) > 0 && k.irqsEnabled(cpu)) this.calls(cpu, ACTION.irqAlloc, ACTION.irqFree);
    if (world.preempt && this.canPreempt(cpu)) this.add(ACTION.preempt, cpu, 0);
    if (world.modes) this.add(k.hw.isProtected(cpu) ? ACTION.exit : ACTION.enter, cpu, 0);
    if (world.translations === "explicit") {
      this.add(ACTION.fill, cpu, 0);
      this.add(ACTION.evict, cpu, 0);
    }
  }

  private steps(cpu: number): void {
    const { k, world } = this.machine;
    if ((world.spaces?.nmis ?? 0) > 0 && k.depth(cpu, LEVEL_NMI) > 0) this.stepsOf(cpu, LEVEL_NMI);
    else if (k.depth(cpu, LEVEL_HARDIRQ) > 0) this.stepsOf(cpu, LEVEL_HARDIRQ);
    else if (k.depth(cpu, LEVEL_SOFTIRQ) > 0) this.stepsOf(cpu, LEVEL_SOFTIRQ);
    else {
      const running = k.running(cpu);
      for (let level = LEVEL_TASK; level <= LEVEL_WORKER; level++) {
        if ((running === 0 || running === level + 1) && k.depth(cpu, level) > 0) this.stepsOf(cpu, level);
      }
    }
  }

  private stepsOf(cpu: number, level: number): void {
    const arity = this.machine.k.arity(cpu, level);
    for (let choice = 0; choice < arity; choice++) {
      this.add(ACTION.step, cpu, stepArg(level, choice));
    }
  }

  private ipis(cpu: number): void {
    const { k, world } = this.machine;
    if (!k.irqsEnabled(cpu)) return;
    for (let peer = 0; peer < world.cpus; peer++) {
      if (k.ipiPending(cpu, peer)) this.add(ACTION.ipi, cpu, peer);
    }
  }

  private workers(cpu: number): void {
    const { k, software } = this.machine;
    if (!this.isIdle(cpu) || k.depth(cpu, LEVEL_WORKER) > 0) return;
    const { workers } = software;
    for (let i = 0; i < workers.length; i++) {
      if (workers[i]?.wanted(k, cpu) === true) this.add(ACTION.worker, cpu, i);
    }
  }

  private calls(cpu: number, alloc: number, free: number): void {
    const { menu, k } = this.machine;
    for (let i = 0; i < menu.length; i++) this.add(alloc, cpu, i);
    if (k.lists.pagesIn(PLACE_ALLOCATED) === 0) return;
    const chances = Math.max(1, (menu.length * this.frees) >> 1);
    for (let i = 0; i < chances; i++) this.add(free, cpu, 0);
  }

  private add(kind: number, cpu: number, arg: number): void {
    this.found[this.count++] = encodeAction(kind, cpu, arg);
  }

  /** A task of the CPU may make a new call. */
  private mayCall(cpu: number): boolean {
    return this.isIdle(cpu) && this.machine.k.depth(cpu, LEVEL_TASK) === 0 && this.machine.quotaOf(cpu) > 0;
  }

  private isIdle(cpu: number): boolean {
    const { k } = this.machine;
    return k.running(cpu) === 0 && k.depth(cpu, LEVEL_HARDIRQ) === 0 && k.depth(cpu, LEVEL_SOFTIRQ) === 0;
  }

  private canPreempt(cpu: number): boolean {
    const { k, software } = this.machine;
    const running = k.running(cpu);
    if (running === 0 || !k.irqsEnabled(cpu) || k.holdsLock(cpu)) return false;
    if (running === LEVEL_WORKER + 1) return k.depth(cpu, LEVEL_TASK) > 0 || this.machine.quotaOf(cpu) > 0;
    return k.depth(cpu, LEVEL_WORKER) > 0 || software.workers.some((worker) => worker.wanted(k, cpu));
  }

  /** Gives an action that needs a page or a CPU the first suitable one at or after the wished-for one. */
  private settle(cpu: number, action: number, kind: number, wish: number): number {
    switch (kind) {
      case ACTION.drain:
        return encodeAction(kind, cpu, wish % this.machine.world.cpus);
      case ACTION.free:
      case ACTION.irqFree:
      case ACTION.fill:
      case ACTION.evict:
        return this.scan(cpu, kind, wish);
      default:
        return action;
    }
  }

  private scan(cpu: number, kind: number, wish: number): number {
    const isRow = kind === ACTION.fill || kind === ACTION.evict;
    const rows = this.machine.k.hw.spaces?.held.rows.total;
    const pages = isRow && rows !== undefined ? rows : this.machine.world.pages;
    const start = wish % pages;
    for (let i = 0; i < Math.min(pages, SCAN_PAGES); i++) {
      const pfn = start + i < pages ? start + i : start + i - pages;
      if (this.suits(cpu, kind, pfn)) return encodeAction(kind, cpu, pfn);
    }
    return NOTHING;
  }

  private suits(cpu: number, kind: number, pfn: number): boolean {
    const { hw, ledger } = this.machine.k;
    if (kind === ACTION.fill) return hw.translations.canFill(cpu, pfn);
    if (kind === ACTION.evict) return hw.translations.canEvict(cpu, pfn);
    return ledger.order(pfn) >= 0;
  }
}

/** The preference that chooses the candidate at a place, and of a free the first block from the beginning on. */
export function placePreference(place: number): number {
  return place << CHOICE_SHIFT;
}

/** What to wish for so that a candidate at this place becomes the action: itself, or the page or CPU that it asks for; else -1. */
function wishFor(candidate: number, action: number, place: number, count: number): number {
  const kind = actionKind(action);
  if (actionKind(candidate) !== kind) return NOTHING;
  if (TAKES_A_PLACE.has(kind)) return place + count * actionArg(action);
  return candidate === action ? place : NOTHING;
}

/** Kinds whose page or CPU is part of the wish. */
const TAKES_A_PLACE: ReadonlySet<number> = new Set([
  ACTION.drain,
  ACTION.free,
  ACTION.irqFree,
  ACTION.fill,
  ACTION.evict,
]);
