import type { Product, Vector } from "./product.ts";

/** What one vector did to the watched instances, somewhere in the reachable product. */
export interface LocalMove {
  readonly rule: string;
  /** Local states of the watched instances, in the order asked for. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface LocalView {
  /** Every combination of local states of the watched instances that occurs. */
  readonly states: readonly (readonly number[])[];
  readonly moves: readonly LocalMove[];
}

/**
 * Explores a small product whole and keeps what a few of its instances do.
 *
 * What cannot be seen from here is resolved in favour of the step: a move is listed if *some* reachable state of the
 * others allows it.
 *
 * - **Cost**: keys are strings; meant for the product of one CPU and one page (about 100 states).
 */
export function localView(product: Product, watched: readonly number[]): LocalView {
  const initial = product.instances.map((instance) => product.components[instance.component].initial);
  const seen = new Set([initial.join()]);
  const queue = [initial];
  const states = new Map<string, readonly number[]>();
  const moves = new Map<string, LocalMove>();
  for (const state of queue) {
    const before = watched.map((instance) => state[instance]);
    states.set(before.join(), before);
    for (const vector of product.vectors) {
      const next = successor(product, state, vector);
      if (next === undefined) continue;
      const after = watched.map((instance) => next[instance]);
      moves.set(`${vector.rule}:${before.join()}:${after.join()}`, { rule: vector.rule, before, after });
      if (seen.has(next.join())) continue;
      seen.add(next.join());
      queue.push(next);
    }
  }
  return { states: [...states.values()], moves: [...moves.values()].filter(hasMoved) };
}

function hasMoved({ before, after }: LocalMove): boolean {
  return before.some((state, index) => state !== after[index]);
}

function successor(product: Product, state: readonly number[], vector: Vector): number[] | undefined {
  const next = [...state];
  for (const { instance, event, optional } of vector.parts) {
    const target = product.components[product.instances[instance].component].edges[event][state[instance]];
    if (target >= 0) next[instance] = target;
    else if (!optional) return undefined;
  }
  return next;
}
