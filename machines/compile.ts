import { type AnyStateMachine, transition } from "xstate";

import { assert } from "../model/failure.ts";

/** A chart as a table: the form in which the product, the checks and the engine use it. */
export interface ChartTable {
  readonly name: string;
  readonly states: readonly string[];
  readonly events: readonly string[];
  readonly initial: number;
  /** `edges[event][state]` is the successor's index, or -1 where the chart has no such edge. */
  readonly edges: readonly Int8Array[];
  /** Each state's invariant, in the order of `states`. */
  readonly descriptions: readonly string[];
}

/**
 * Turns a flat, payload-free chart into a table.
 *
 * XState ignores an event that the current state does not handle, so that a forgotten edge looks like a self-loop. Each
 * pair is therefore asked with `can()` first: what cannot be taken is -1, and a self-loop must have been written.
 *
 * - **Errors**: asserts that the chart is flat, has no context, guards or effects, and describes each of its states.
 * - **Cost**: about 20 µs per pair of state and event; done once per process.
 */
export function compile(machine: AnyStateMachine): ChartTable {
  const nodes = Object.values(machine.root.states);
  const states = nodes.map((node) => node.key);
  const events = [...new Set(nodes.flatMap((node) => [...node.transitions.keys()]))];
  assert(Object.keys(machine.config.context ?? {}).length === 0, `chart ${machine.id} carries no payload`);
  for (const node of nodes) assertPlain(machine.id, node);
  const edges = events.map((event) => Int8Array.from(states, (state) => successor(machine, states, state, event)));
  assert(states.length <= 127, `chart ${machine.id} fits a signed byte`);
  return {
    name: machine.id,
    states,
    events,
    initial: states.indexOf(String(machine.config.initial)),
    edges,
    descriptions: nodes.map((node) => node.description ?? ""),
  };
}

/** The chart with more questions: for each name a self-loop in the states given, and no edge elsewhere. */
export function asking(chart: ChartTable, questions: Readonly<Record<string, readonly string[]>>): ChartTable {
  const rows = Object.entries(questions).map(([event, only]) => {
    for (const state of only) assert(chart.states.includes(state), `chart ${chart.name} has the state ${state}`);
    return { event, row: Int8Array.from(chart.states, (state, index) => (only.includes(state) ? index : -1)) };
  });
  return {
    ...chart,
    events: [...chart.events, ...rows.map(({ event }) => event)],
    edges: [...chart.edges, ...rows.map(({ row }) => row)],
  };
}

function successor(machine: AnyStateMachine, states: readonly string[], state: string, event: string): number {
  const before = machine.resolveState({ value: state, context: {} });
  if (!before.can({ type: event })) return -1;
  const [after] = transition(machine, before, { type: event });
  return states.indexOf(String(after.value));
}

type StateNode = AnyStateMachine["root"];

function assertPlain(chart: string, node: StateNode): void {
  const where = `state ${node.key} of chart ${chart}`;
  assert(node.type === "atomic", `${where} has no inner states`);
  assert((node.description ?? "").length > 0, `${where} is described by its invariant`);
  const effects = node.entry.length + node.exit.length + node.invoke.length + node.after.length;
  assert(effects === 0 && (node.always ?? []).length === 0, `${where} has no effects, timers or silent moves`);
  for (const candidates of node.transitions.values()) {
    for (const edge of candidates) {
      assert(candidates.length === 1 && edge.guard === undefined, `${where} decides by the event alone`);
      assert(edge.target?.length === 1, `${where} names the target of ${edge.eventType}, itself included`);
      assert(edge.actions.length === 0, `${where} only moves on ${edge.eventType}`);
    }
  }
}
