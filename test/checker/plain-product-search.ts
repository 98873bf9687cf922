import { enabledVectors, initialLocals, takeVector, violatesClaim } from "../../checker/product-step.ts";
import type { ProductSystem } from "../../checker/product-system.ts";

export interface PlainResult {
  readonly states: number;
  readonly transitions: number;
  readonly levels: number;
  readonly deadlocks: number;
  readonly neverEnabled: readonly string[];
  /** For each claim the length of a shortest violating path. */
  readonly depths: readonly (number | undefined)[];
}

/** Breadth-first search as a textbook has it: the tables, a queue and a map of strings. Slow and easy to believe. */
export function plainProductSearch(system: ProductSystem): PlainResult {
  const start = initialLocals(system);
  const depthOf = new Map([[start.join(), 0]]);
  const queue = [start];
  const fired = new Set<number>();
  const depths: (number | undefined)[] = system.claims.map(() => undefined);
  let transitions = 0;
  let deadlocks = 0;
  let deepest = 0;
  for (const locals of queue) {
    const depth = depthOf.get(locals.join()) ?? 0;
    deepest = Math.max(deepest, depth);
    for (const index of system.claims.keys()) {
      depths[index] ??= violatesClaim(system, locals, index) ? depth : undefined;
    }
    const enabled = enabledVectors(system, locals);
    transitions += enabled.length;
    deadlocks += enabled.length === 0 ? 1 : 0;
    for (const index of enabled) {
      fired.add(index);
      const next = takeVector(system, locals, system.vectors[index]);
      if (next !== undefined && !depthOf.has(next.join())) {
        depthOf.set(next.join(), depth + 1);
        queue.push(next);
      }
    }
  }
  const neverEnabled = system.vectors.filter((_, index) => !fired.has(index)).map((vector) => vector.name);
  return { states: queue.length, transitions, levels: deepest + 1, deadlocks, neverEnabled, depths };
}
