import { type Charts, eventIndex, stateIndex } from "./charts.ts";
import type { ChartTable } from "./compile.ts";
import type { ChartName } from "./missing-edge.ts";
import { type Locate, range, type Scope } from "./product.ts";
import { slotOf } from "./vector-parts.ts";

export type Conjunction = readonly { readonly instance: number; readonly state: number }[];

/** Sets of local states that must not occur together, for some CPU, context, page and target that fit one another. */
export type Pattern = Readonly<Partial<Record<Role, readonly string[]>>>;

/** A chart, or a second instance of one: of another CPU, of another slot of the same CPU. */
export type Role = ChartName | "other flipper" | "other slot";

/** Spreads a pattern over the instances of a scope: one conjunction for each choice of instances and of states. */
export function expand(charts: Charts, scope: Scope, locate: Locate, pattern: Pattern): readonly Conjunction[] {
  const wanted = Object.entries(pattern) as [Role, readonly string[]][];
  const seen = new Map<string, Conjunction>();
  for (const binding of bindings(scope, wanted)) {
    const choices = wanted.map(([role, states]) => {
      const { chart, at } = placeOf(scope, role, binding);
      return states.map((state) => ({ instance: locate(chart, at), state: stateIndex(charts[chart], state) }));
    });
    for (const conjunction of cartesian(choices)) seen.set(JSON.stringify(conjunction), conjunction);
  }
  return [...seen.values()];
}

/** The states of a chart in which an event is possible. */
export function enabling(charts: Charts, chart: ChartName, event: string): readonly string[] {
  return charts[chart].states.filter((_, state) => has(charts[chart], event, state));
}

export function has(chart: ChartTable, event: string, state: number): boolean {
  return chart.edges[eventIndex(chart, event)][state] >= 0;
}

/** The states of a chart whose names begin so: `secret` and each mm's, `loaded-0` and `loaded-1`. */
export function beginning(charts: Charts, chart: ChartName, ...prefixes: readonly string[]): readonly string[] {
  return charts[chart].states.filter((state) => prefixes.some((prefix) => state.startsWith(prefix)));
}

interface Binding {
  readonly cpu: number;
  readonly otherCpu: number;
  readonly context: number;
  readonly otherSlot: number;
  readonly page: number;
}

interface Place {
  readonly chart: ChartName;
  readonly at: readonly number[];
}

/** Which instance a role stands for under a binding. */
function placeOf(scope: Scope, role: Role, binding: Binding): Place {
  const { cpu, otherCpu, context, otherSlot, page } = binding;
  if (role === "other flipper") return { chart: "flipper", at: [otherCpu] };
  if (role === "other slot") return { chart: "slot", at: [cpu, otherSlot] };
  const at: Readonly<Record<ChartName, readonly number[]>> = {
    cpu: [cpu, context],
    shootdown: [cpu],
    acknowledgement: [cpu, otherCpu],
    page: [page],
    content: [page],
    translation: [cpu, context, page],
    switch: [cpu],
    slot: [cpu, slotOf(scope, context)],
    owner: [page],
    usertranslation: [cpu, context, page],
    nest: [cpu],
    target: [cpu, context],
    section: [cpu, context],
    generation: [cpu, context],
    batch: [],
    member: [page],
    coverage: [cpu],
    physmap: [],
    large: [cpu],
    structure: [cpu],
    pageblock: [],
    flipper: [cpu],
  };
  return { chart: role, at: at[role] };
}

function bindings(scope: Scope, wanted: readonly (readonly [Role, readonly string[]])[]): readonly Binding[] {
  const roles = wanted.map(([role]) => role);
  const twoCpus = roles.includes("acknowledgement") || roles.includes("other flipper");
  const twoSlots = roles.includes("other slot");
  return range(scope.cpus)
    .flatMap((cpu) => range(twoCpus ? scope.cpus : 1).map((otherCpu) => ({ cpu, otherCpu })))
    .filter(({ cpu, otherCpu }) => !twoCpus || cpu !== otherCpu)
    .flatMap((bound) => range(scope.contexts).map((context) => ({ ...bound, context })))
    .flatMap((bound) => range(twoSlots ? scope.slots : 1).map((otherSlot) => ({ ...bound, otherSlot })))
    .filter(({ context, otherSlot }) => !twoSlots || slotOf(scope, context) !== otherSlot)
    .flatMap((bound) => range(scope.pages).map((page) => ({ ...bound, page })));
}

function cartesian<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>(
    (rows, column) => rows.flatMap((row) => column.map((value) => [...row, value])),
    [[]],
  );
}
