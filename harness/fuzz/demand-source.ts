import { ACTION, actionKind, encodeAction } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import { NOTHING, type Picker, placePreference } from "../../properties/arbitraries/picker.ts";
import { actorOf, PairStream, preferenceOf } from "../../properties/arbitraries/schedule.ts";
import { type PairSource, pairOf } from "./pair-source.ts";

/**
 * One thing that a CPU is to do as soon as it can: a call for menu entry `entry`, remembered by its `id`; a free of what such a
 * call gave, or of the newest or oldest block there is; or an action as it stands.
 */
export type Demand =
  | { readonly what: "take"; readonly cpu: number; readonly entry: number; readonly id: number; readonly irq?: boolean }
  | { readonly what: "give"; readonly cpu: number; readonly of: number | "newest" | "oldest"; readonly irq?: boolean }
  | { readonly what: "do"; readonly cpu: number; readonly action: number };

/** Demands that may overlap in any way; a CPU keeps to their order. The next part begins when all of this one is over. */
export type Part = readonly Demand[];

/** One turn in eight goes to what the environment may do, and as many in 32 to anything at all, new calls included. */
const ENVIRONMENT = 0b111;
const ANYTHING = 0b11111;
/** Turns of an idle CPU after which a demand that cannot be met is given up. */
const PATIENCE = 24;

/**
 * Meets demands in a random interleaving: which CPU moves is random, and so is every choice on the way. When all demands are met
 * the run goes on at random.
 */
export class DemandSource implements PairSource {
  pair = 0;
  private readonly stream: PairStream;
  private readonly cpus: number;
  /** Demands of the present part not yet met, by CPU. */
  private queues: Demand[][] = [];
  private part = 0;
  /** What calls under way will be remembered by, by CPU; -1 for none. */
  private readonly outstanding: number[];
  private readonly given = new Map<number, number>();
  private readonly held: number[] = [];
  private readonly tried: number[];
  /** The last turn was an action, so that what is logged is news. */
  private acted = false;

  constructor(
    seed: number,
    private readonly parts: readonly Part[],
    private readonly machine: Machine,
    private readonly picker: Picker,
  ) {
    this.stream = new PairStream(seed);
    this.cpus = machine.world.cpus;
    this.outstanding = new Array<number>(this.cpus).fill(-1);
    this.tried = new Array<number>(this.cpus).fill(0);
    this.open();
  }

  next(): number {
    if (this.acted) this.noteHandOuts();
    this.acted = false;
    const random = this.stream.next();
    const cpu = actorOf(random, this.cpus);
    const preference = preferenceOf(random);
    if (this.isOver() || (preference & ANYTHING) === ANYTHING) return this.take(cpu, preference);
    const demanded = this.demanded(cpu);
    if (demanded !== NOTHING) return demanded;
    const noise = (preference & ENVIRONMENT) === ENVIRONMENT;
    return noise ? this.takeUnlessCall(cpu, preference) : this.progress(cpu, preference);
  }

  private open(): void {
    const part = this.parts[this.part] ?? [];
    this.queues = Array.from({ length: this.cpus }, (_, cpu) => part.filter((demand) => demand.cpu === cpu));
  }

  /** All demands are met. Moves on to the next part when this one is, and nothing is left to run. */
  private isOver(): boolean {
    if (this.part >= this.parts.length) return true;
    if (this.queues.some((queue) => queue.length > 0) || !this.machine.isQuiescent()) return false;
    for (let cpu = 0; cpu < this.cpus; cpu++) if (this.picker.progress(cpu).length > 0) return false;
    this.part++;
    this.open();
    return this.part >= this.parts.length;
  }

  /** The action of the CPU's first demand, if it can be met now. */
  private demanded(cpu: number): number {
    const queue = this.queues[cpu];
    const demand = queue?.[0];
    if (queue === undefined || demand === undefined) return NOTHING;
    const action = this.actionFor(demand);
    const preference = action === NOTHING ? NOTHING : this.picker.preferenceFor(cpu, action);
    if (preference === NOTHING) {
      this.losePatience(cpu, queue, action === NOTHING);
      return NOTHING;
    }
    queue.shift();
    this.tried[cpu] = 0;
    if (demand.what === "take") this.outstanding[cpu] = demand.id;
    return this.take(cpu, preference);
  }

  /** A CPU that has nothing else to do will not come to be able to either. */
  private losePatience(cpu: number, queue: Demand[], never: boolean): void {
    if (this.picker.progress(cpu).length > 0) return;
    const tried = (this.tried[cpu] ?? 0) + 1;
    this.tried[cpu] = never || tried > PATIENCE ? 0 : tried;
    if (never || tried > PATIENCE) queue.shift();
  }

  private actionFor(demand: Demand): number {
    const { cpu } = demand;
    switch (demand.what) {
      case "do":
        return demand.action;
      case "take":
        return encodeAction(demand.irq === true ? ACTION.irqAlloc : ACTION.alloc, cpu, demand.entry);
      case "give": {
        const pfn = this.blockOf(demand.of);
        return pfn === undefined ? NOTHING : encodeAction(demand.irq === true ? ACTION.irqFree : ACTION.free, cpu, pfn);
      }
    }
  }

  /** A block that somebody still holds. */
  private blockOf(of: number | "newest" | "oldest"): number | undefined {
    const { ledger } = this.machine.k;
    const isHeld = (pfn: number | undefined): pfn is number => pfn !== undefined && ledger.order(pfn) >= 0;
    if (typeof of === "number") {
      const pfn = this.given.get(of);
      return isHeld(pfn) ? pfn : undefined;
    }
    while (this.held.length > 0) {
      const pfn = of === "newest" ? this.held[this.held.length - 1] : this.held[0];
      if (isHeld(pfn)) return pfn;
      if (of === "newest") this.held.pop();
      else this.held.shift();
    }
    // What a set-up has left behind.
    for (let pfn = 0; pfn < this.machine.world.pages; pfn++) if (ledger.order(pfn) >= 0) return pfn;
    return undefined;
  }

  /** What the last step handed out; a step that changed nothing has logged nothing. */
  private noteHandOuts(): void {
    const { moments, cpu } = this.machine.k;
    for (let at = 0; at < moments.count; at++) {
      if (moments.kinds[at] !== MOMENT.handOut) continue;
      const pfn = moments.pfns[at] as number;
      const id = this.outstanding[cpu] ?? -1;
      if (id >= 0) this.given.set(id, pfn);
      this.outstanding[cpu] = -1;
      this.held.push(pfn);
    }
    if (this.held.length > 2 * this.machine.world.pages) this.held.splice(0, this.machine.world.pages);
  }

  private progress(cpu: number, preference: number): number {
    const candidates = this.picker.candidates(cpu);
    let possible = 0;
    for (const action of candidates) if (!isCall(action)) possible++;
    if (possible === 0) return NOTHING;
    let left = (preference >>> 3) % possible;
    for (let place = 0; place < candidates.length; place++) {
      if (isCall(candidates[place] as number) || left-- > 0) continue;
      return this.take(cpu, placePreference(place));
    }
    return NOTHING;
  }

  private takeUnlessCall(cpu: number, preference: number): number {
    const action = this.take(cpu, preference);
    if (action === NOTHING || !isCall(action)) return action;
    this.acted = false;
    return NOTHING;
  }

  private take(cpu: number, preference: number): number {
    this.pair = pairOf(cpu, preference);
    const action = this.picker.pick(cpu, preference);
    this.acted = action !== NOTHING;
    return action;
  }
}

function isCall(action: number): boolean {
  const kind = actionKind(action);
  return kind === ACTION.alloc || kind === ACTION.free || kind === ACTION.call;
}
