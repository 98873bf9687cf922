import fc from "fast-check";
import type { ComponentTable, ProductClaim, ProductSystem, VectorPart } from "../../checker/product-system.ts";

/** Small products of every shape: components of 1 to 40 states, events that are partial, total or nowhere enabled. */
export function randomProduct(): fc.Arbitrary<ProductSystem> {
  return fc.array(component(), { minLength: 1, maxLength: 3 }).chain((components) =>
    fc.array(fc.nat(components.length - 1), { minLength: 1, maxLength: 9 }).chain((kinds) => {
      const tables = fewStates(kinds.map((kind) => components[kind]));
      return fc.record({
        components: fc.constant(components),
        instances: fc.constant(tables.map((table, i) => ({ component: components.indexOf(table), name: `i${i}` }))),
        vectors: fc
          .array(parts(tables), { maxLength: 8 })
          .map((drawn) => drawn.map((taken, index) => ({ name: `v${index}`, owner: "kernel" as const, parts: taken }))),
        claims: claims(tables),
      });
    }),
  );
}

/** The longest prefix whose product has at most 2,000 states. */
function fewStates(tables: readonly ComponentTable[]): ComponentTable[] {
  let states = 1;
  return tables.filter((table) => {
    states *= table.states.length;
    return states <= 2000;
  });
}

function component(): fc.Arbitrary<ComponentTable> {
  return fc.tuple(fc.constantFrom(1, 2, 3, 5, 40), fc.integer({ min: 1, max: 3 })).chain(([states, events]) => {
    const row = fc.array(fc.integer({ min: -1, max: states - 1 }), { minLength: states, maxLength: states });
    return fc.record({
      name: fc.constant("c"),
      states: fc.constant(Array.from({ length: states }, (_, state) => `s${state}`)),
      events: fc.constant(Array.from({ length: events }, (_, event) => `e${event}`)),
      initial: fc.nat(states - 1),
      edges: fc.array(
        row.map((targets) => Int8Array.from(targets)),
        { minLength: events, maxLength: events },
      ),
    });
  });
}

function parts(tables: readonly ComponentTable[]): fc.Arbitrary<VectorPart[]> {
  const part = fc.record({ instance: fc.nat(tables.length - 1), event: fc.nat(2), optional: fc.boolean() });
  return fc
    .uniqueArray(part, { minLength: 1, maxLength: 4, selector: ({ instance }) => instance })
    .map((drawn) => drawn.map((taken) => ({ ...taken, event: taken.event % tables[taken.instance].events.length })));
}

function claims(tables: readonly ComponentTable[]): fc.Arbitrary<ProductClaim[]> {
  const literal = fc
    .record({ instance: fc.nat(tables.length - 1), state: fc.nat(39) })
    .map(({ instance, state }) => ({ instance, state: state % tables[instance].states.length }));
  const conjunction = fc.uniqueArray(literal, { minLength: 1, maxLength: 3, selector: ({ instance }) => instance });
  return fc
    .array(fc.array(conjunction, { maxLength: 3 }), { maxLength: 3 })
    .map((list) => list.map((forbidden, at) => ({ id: `C${at}`, forbidden })));
}
