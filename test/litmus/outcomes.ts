import { NO_PARENT, StateStore } from "../../checker/state-store.ts";
import type { HardwareRules } from "../../model/paging/hardware-rules.ts";
import type { Litmus, Variant } from "./litmus.ts";
import { LitmusMachine } from "./litmus-machine.ts";

export interface Outcomes {
  /** Sorted. */
  readonly outcomes: readonly string[];
  readonly states: number;
  /** A shortest path to an outcome, named; what comes after the event that decides it is left out. */
  path(outcome: string): string[];
  /** Events on that path. A walk is one event however many loads it takes. */
  events(outcome: string): number;
}

const MAX_STATES = 1_000_000;

/** Explores a variant breadth first, to the end, and collects every outcome. A state with an outcome is not continued. */
export function outcomesOf(litmus: Litmus, variant: Variant, change: Partial<HardwareRules> = {}): Outcomes {
  const machine = new LitmusMachine(litmus, variant, change);
  const store = new StateStore(machine.words);
  const state = new Uint32Array(machine.words);
  const found = new Map<string, number>();
  const keep = (parent: number, action: number): void => {
    machine.save(state);
    if (store.find(state) >= 0) return;
    const outcome = machine.outcome();
    const index = store.append(state, parent, action, outcome !== undefined);
    if (outcome !== undefined && !found.has(outcome)) found.set(outcome, index);
  };
  keep(NO_PARENT, 0);
  const source = new Uint32Array(machine.words);
  for (let at = 0; at < store.count; at++) {
    if (store.isDead(at)) continue;
    if (store.count > MAX_STATES) throw new Error(`${litmus.name}: more than ${MAX_STATES} states`);
    source.set(store.chunkOf(at).subarray(store.offsetOf(at), store.offsetOf(at) + machine.words));
    machine.restore(source);
    machine.actions().forEach((action, index) => {
      machine.restore(source);
      machine.perform(action);
      keep(at, index);
    });
  }
  const replay = (outcome: string): Replayed =>
    replayed(litmus, variant, change, store.pathTo(found.get(outcome) ?? 0));
  return {
    outcomes: [...found.keys()].sort(),
    states: store.count,
    path: (outcome) => replay(outcome).names,
    events: (outcome) => replay(outcome).events,
  };
}

interface Replayed {
  readonly names: string[];
  readonly events: number;
}

function replayed(litmus: Litmus, variant: Variant, change: Partial<HardwareRules>, path: readonly number[]): Replayed {
  const machine = new LitmusMachine(litmus, variant, change);
  const names: string[] = [];
  let events = 0;
  let decided: Replayed = { names: [], events: 0 };
  for (const index of path) {
    const action = machine.actions()[index];
    if (action === undefined) throw new Error("a path can be taken again");
    const before = machine.observed();
    names.push(machine.name(action));
    if (action.kind !== "hardware" || action.action.kind !== "walk-load") events++;
    machine.perform(action);
    if (machine.observed() !== before) decided = { names: [...names], events };
  }
  return decided;
}
