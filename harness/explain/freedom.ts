import type { NamedAction } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";
import type { Freedom, FreeValue } from "./explanation.ts";
import type { RunEvent } from "./run-events.ts";
import { type Otherwise, type Variant, Variants } from "./variant.ts";

/** Consecutive events that are permuted at once, at most: 23 variants. */
const WIDEST_WINDOW = 4;

/**
 * Which parts of a run do not matter: tries the run without each event, with neighbours in any order, with each call on every
 * other CPU, and with every other argument and choice.
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
  return { needless, anyOrder, cpus, values, tried: search.tried, variants: search.wanted };
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
    const { head } = event;
    if (head === undefined) return [];
    const free = (name: FreeValue["name"], given: string, heads: readonly Option[]): FreeValue[] =>
      this.free(
        event,
        name,
        given,
        heads.map(({ text, head: replaced }) => ({ text, otherwise: { head: replaced } })),
      );
    switch (head.kind) {
      case "alloc":
      case "irqAlloc":
        return [
          ...free("request", head.request ?? "", this.requests(head)),
          ...free("order", String(head.order ?? 0), this.orders(head)),
        ];
      case "free":
      case "irqFree":
        return free("pfn", `pfn ${head.pfn}`, this.pages(head));
      case "call":
        return free("args", printArgs(head.args), this.args(head));
      default:
        return [];
    }
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

  private requests({ request, order = 0 }: NamedAction): Option[] {
    const { menu, world } = this.machine;
    const names = menu
      .filter((entry) => entry.order === order)
      .map((entry) => world.requests[entry.request]?.name ?? "");
    return names.filter((name) => name !== request).map((name) => ({ text: name, head: { request: name } }));
  }

  private orders({ request, order = 0 }: NamedAction): Option[] {
    const { menu, world } = this.machine;
    const entries = menu.filter((entry) => world.requests[entry.request]?.name === request && entry.order !== order);
    return entries.map((entry) => ({ text: String(entry.order), head: { order: entry.order } }));
  }

  private pages({ pfn }: NamedAction): Option[] {
    const all = Array.from({ length: this.machine.world.pages }, (_, at) => at);
    return all.filter((at) => at !== pfn).map((at) => ({ text: `pfn ${at}`, head: { pfn: at } }));
  }

  private args({ call, args = [] }: NamedAction): Option[] {
    const entries = this.machine.callMenu.filter((entry) => entry.call === call && entry.args.join() !== args.join());
    return entries.map((entry) => ({ text: printArgs(entry.args), head: { args: entry.args } }));
  }
}

interface Option {
  readonly text: string;
  readonly head: Partial<NamedAction>;
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

function printArgs(args: readonly number[] = []): string {
  return `(${args.join(", ")})`;
}

/** All orders but the given one. */
function permutations(events: readonly RunEvent[]): RunEvent[][] {
  const all = (rest: readonly RunEvent[]): RunEvent[][] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap((first) => all(rest.filter((other) => other !== first)).map((tail) => [first, ...tail]));
  return all(events).slice(1);
}
