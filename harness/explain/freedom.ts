import type { Machine } from "../../model/machine.ts";
import type { Freedom, FreeValue } from "./explanation.ts";
import { otherArguments } from "./other-arguments.ts";
import type { RunEvent } from "./run-events.ts";
import { type Otherwise, type Variant, Variants } from "./variant.ts";

/** Consecutive events that are permuted at once, at most: 23 variants. */
const WIDEST_WINDOW = 4;

/**
 * Which parts of a run do not matter: tries the run without each event, with neighbours in any order, with each call on every
 * other CPU, with every other argument and choice, and with every switch of actors earlier and later.
 *
 * - **Shapes, units**: the machine is at the beginning of the run, its quotas large enough for a call to move.
 * - **Cost**: one run per variant; some tens for a run of five events. At `maxVariants` the rest is left untried.
 */
export function findFreedom(
  machine: Machine,
  events: readonly RunEvent[],
  claim: string,
  bound: FreedomBound,
): Freedom {
  const search = new FreedomSearch(machine, events, claim, bound);
  const needless = search.needless();
  const anyOrder = search.anyOrder();
  const cpus = search.cpus();
  const values = search.values();
  const breaks = search.breaks();
  return { needless, anyOrder, cpus, values, breaks, tried: search.tried, variants: search.wanted };
}

export interface FreedomBound {
  readonly maxVariants: number;
  readonly shouldStop: () => boolean;
}

class FreedomSearch {
  /** Variants that there were to try. */
  wanted = 0;
  private readonly variants: Variants;

  constructor(
    private readonly machine: Machine,
    private readonly events: readonly RunEvent[],
    claim: string,
    private readonly bound: FreedomBound,
  ) {
    this.variants = new Variants(machine, claim);
  }

  get tried(): number {
    return this.variants.count;
  }

  /** A call goes with everything that it did. */
  needless(): number[] {
    const heads = this.events.filter((event) => event.call === event.index);
    const found = heads.filter(({ index }) => this.fails({ order: this.events.filter(({ call }) => call !== index) }));
    return found.map(({ index }) => index + 1);
  }

  /** Windows grow from pairs: one can only be free if both that it is made of are. */
  anyOrder(): number[][] {
    const { events } = this;
    let found: number[][] = [];
    let starts = events.map(({ index }) => index);
    for (let width = 2; width <= WIDEST_WINDOW && starts.length > 0; width++) {
      const free = starts.filter((start) => start + width <= events.length && this.isFree(start, width));
      found = [
        ...found.filter(
          (known) => !free.some((start) => start <= Number(known[0]) && Number(known.at(-1)) < start + width),
        ),
        ...free.map((start) => Array.from({ length: width }, (_, at) => start + at)),
      ];
      starts = free.filter((start) => free.includes(start + 1));
    }
    return found.map((window) => window.map((index) => index + 1));
  }

  /** A call, and then a call together with the worker that takes it up on the same CPU. */
  cpus(): Freedom["cpus"] {
    const movable = this.events.filter(({ head }) => head !== undefined && MOVABLE.has(head.kind));
    const found: { calls: number[]; others: number[]; any: boolean }[] = [];
    const free = new Set<number>();
    for (const call of movable) {
      if (this.place(found, [call])) free.add(call.index);
    }
    for (const call of movable) {
      const worker = movable.find(
        ({ index, cpu, head }) => index > call.index && cpu === call.cpu && head?.kind === "worker",
      );
      if (call.head?.kind === "worker" || worker === undefined || (free.has(call.index) && free.has(worker.index)))
        continue;
      this.place(found, [call, worker]);
    }
    return found;
  }

  values(): FreeValue[] {
    return this.events.flatMap((event) => [...this.argumentsOf(event), ...this.choicesOf(event)]);
  }

  /** Moves each switch to another actor through what its call does before and after it. */
  breaks(): Freedom["breaks"] {
    return this.events.flatMap((event) => {
      const next = this.events.find(({ index, call }) => index > event.index && call === event.call);
      if (next === undefined || event.stop === undefined) return [];
      const places = [...stepsOf(event), ...stepsOf(next)].slice(0, -1);
      const after = places.filter((step, at) => step === event.to || this.breaksAt(event, next, at + 1));
      return after.length < 2 ? [] : [{ event: event.index + 1, after: after.map((step) => step + 1) }];
    });
  }

  private breaksAt(event: RunEvent, next: RunEvent, actions: number): boolean {
    const both = stepsOf(event).length + stepsOf(next).length;
    const otherwise = new Map<number, Otherwise>([
      [event.index, { actions }],
      [next.index, { actions: both - actions }],
    ]);
    return this.fails({ order: this.events, otherwise });
  }

  private fails(variant: Variant): boolean {
    this.wanted++;
    const { maxVariants, shouldStop } = this.bound;
    return this.tried < maxVariants && !shouldStop() && this.variants.violates(variant);
  }

  private isFree(start: number, width: number): boolean {
    const window = this.events.slice(start, start + width);
    if (new Set(window.map(({ call }) => call)).size < width) return false;
    const before = this.events.slice(0, start);
    const after = this.events.slice(start + width);
    return permutations(window).every((order) => {
      return this.fails({ order: [...before, ...order, ...after] }) && this.variants.missing.size === 0;
    });
  }

  /** Tries some calls on every other CPU; true if any will do. */
  private place(found: { calls: number[]; others: number[]; any: boolean }[], calls: readonly RunEvent[]): boolean {
    const { cpus } = this.machine.world;
    const own = calls[0]?.cpu ?? 0;
    const rest = Array.from({ length: cpus }, (_, cpu) => cpu).filter((cpu) => cpu !== own);
    const others = rest.filter((cpu) => {
      const violated = this.fails({ order: this.events, otherwise: this.movedTo(cpu, calls) });
      return violated && !calls.some(({ index }) => this.variants.missing.has(index));
    });
    const any = others.length === cpus - 1;
    if (others.length > 0) found.push({ calls: calls.map(({ index }) => index + 1), others, any });
    return others.length > 0 && any;
  }

  /** The calls on another CPU, and the IPIs that they send from there. */
  private movedTo(cpu: number, calls: readonly RunEvent[]): ReadonlyMap<number, Otherwise> {
    const moved = new Map<number, Otherwise>();
    for (const call of calls) {
      const last = this.events.findLast((event) => event.call === call.index)?.index ?? call.index;
      for (const event of this.events) {
        if (event.call === call.index) moved.set(event.index, { cpu });
        const sender = this.events[event.call]?.head;
        if (event.index < call.index || event.index > last + 1 || sender?.kind !== "ipi" || sender.peer !== call.cpu)
          continue;
        const target = event.cpu === cpu ? call.cpu : event.cpu;
        moved.set(event.index, { cpu: target, head: { peer: cpu } });
      }
    }
    return moved;
  }

  private argumentsOf(event: RunEvent): FreeValue[] {
    if (event.head === undefined) return [];
    return otherArguments(this.machine, event.head).flatMap(({ name, given, others }) => {
      const options = others.map(({ text, head }) => ({ text, otherwise: { head } }));
      return this.free(event, name, given, options);
    });
  }

  private choicesOf(event: RunEvent): FreeValue[] {
    return event.choices.flatMap(({ step, choice, of }, at) => {
      const others = Array.from({ length: of }, (_, other) => other).filter((other) => other !== choice);
      const options = others.map((other) => ({ text: String(other), otherwise: { choice: { at, choice: other } } }));
      return this.free(event, "choice", String(choice), options).map((value) => ({ ...value, step }));
    });
  }

  /** The values that do as well; one that is not possible there counts neither for nor against "any". */
  private free(
    event: RunEvent,
    name: FreeValue["name"],
    given: string,
    options: readonly { readonly text: string; readonly otherwise: Otherwise }[],
  ): FreeValue[] {
    let possible = 0;
    const others = options.filter(({ otherwise }) => {
      const fails = this.fails({ order: this.events, otherwise: new Map([[event.index, otherwise]]) });
      const done = !this.variants.missing.has(event.index);
      if (done) possible++;
      return fails && done;
    });
    if (others.length === 0) return [];
    const texts = others.map(({ text }) => text);
    return [{ event: event.index + 1, name, given, others: texts, any: others.length === possible }];
  }
}

/** What a task, a worker or a device does on some CPU; where an IPI arrives is its sender's choice. */
const MOVABLE: ReadonlySet<string> = new Set([
  "alloc",
  "free",
  "drain",
  "call",
  "worker",
  "irqAlloc",
  "irqFree",
  "interrupt",
]);

/** Indices of an event's actions in the run. */
function stepsOf({ from, to }: RunEvent): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

/** All orders but the given one. */
function permutations(events: readonly RunEvent[]): RunEvent[][] {
  const all = (rest: readonly RunEvent[]): RunEvent[][] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap((first) => all(rest.filter((other) => other !== first)).map((tail) => [first, ...tail]));
  return all(events).slice(1);
}
