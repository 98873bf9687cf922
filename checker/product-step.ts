import type { ProductSystem, SyncVector } from "./product-system.ts";

/** The state in which every instance is where its component begins; one local state for each instance. */
export function initialLocals(system: ProductSystem): Int32Array {
  return Int32Array.from(system.instances, ({ component }) => system.components[component].initial);
}

/**
 * Takes one vector from a product state, straight from the tables.
 *
 * This is what the generated code must agree with; it also finds, when a path is printed, which vector led from one stored
 * state to the next.
 *
 * - **Shapes, units**: `locals` has one local state for each instance and is left alone.
 * - **Errors**: `undefined` if a participant that is not optional cannot take its part.
 */
export function takeVector(system: ProductSystem, locals: Int32Array, vector: SyncVector): Int32Array | undefined {
  const next = locals.slice();
  for (const { instance, event, optional } of vector.parts) {
    const target = system.components[system.instances[instance].component].edges[event][locals[instance]];
    if (target >= 0) {
      next[instance] = target;
    } else if (!optional) {
      return undefined;
    }
  }
  return next;
}

/** Indices of the vectors enabled in a state, in the system's order. */
export function enabledVectors(system: ProductSystem, locals: Int32Array): number[] {
  return [...system.vectors.keys()].filter((index) => takeVector(system, locals, system.vectors[index]) !== undefined);
}

/** Whether a claim is violated in a state: some forbidden conjunction holds entirely. */
export function violatesClaim(system: ProductSystem, locals: Int32Array, claim: number): boolean {
  return system.claims[claim].forbidden.some((conjunction) =>
    conjunction.every(({ instance, state }) => locals[instance] === state),
  );
}
