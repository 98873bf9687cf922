import type { Product } from "../../machines/product.ts";
import type { ProductClaim } from "../../machines/product-claims.ts";

/** A referee in thirty lines: string keys, no tricks, small sizes only. The engine's counts must agree with it. */
export function tinySearch(product: Product, claims: readonly ProductClaim[], statesMax = 400_000): TinyResult {
  const initial = product.instances.map((instance) => product.components[instance.component].initial);
  const depthOf = new Map<string, number>([[initial.join(), 0]]);
  const queue: (readonly number[])[] = [initial];
  const violated = new Map<string, number>();
  const taken = new Set<string>();
  let transitions = 0;
  for (let next = 0; next < queue.length && queue.length <= statesMax; next++) {
    const state = queue[next];
    const depth = depthOf.get(state.join()) ?? 0;
    for (const { id, forbidden } of claims) {
      if (violated.has(id)) continue;
      if (forbidden.some((all) => all.every(({ instance, state: bad }) => state[instance] === bad))) {
        violated.set(id, depth);
      }
    }
    for (const vector of product.vectors) {
      const after = step(product, state, vector);
      if (after === undefined) continue;
      transitions++;
      taken.add(vector.name);
      const key = after.join();
      if (depthOf.has(key)) continue;
      depthOf.set(key, depth + 1);
      queue.push(after);
    }
  }
  const levels = 1 + Math.max(...depthOf.values());
  return { states: queue.length, transitions, levels, violated, taken };
}

export interface TinyResult {
  readonly states: number;
  readonly transitions: number;
  readonly levels: number;
  /** Claim id → depth of its shallowest violation. */
  readonly violated: ReadonlyMap<string, number>;
  /** Names of the vectors that were enabled somewhere. */
  readonly taken: ReadonlySet<string>;
}

function step(product: Product, state: readonly number[], vector: Product["vectors"][number]): number[] | undefined {
  const after = [...state];
  for (const { instance, event, optional } of vector.parts) {
    const target = product.components[product.instances[instance].component].edges[event][state[instance]];
    if (target < 0 && !optional) return undefined;
    if (target >= 0) after[instance] = target;
  }
  return after;
}
