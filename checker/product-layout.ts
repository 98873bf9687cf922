import { assert } from "./assert.ts";
import type { ComponentTable, ProductSystem } from "./product-system.ts";

/** Where an instance's local state lies: `(word >>> shift) & mask`. A component with one state has no bits. */
export interface PackedField {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
}

export interface ProductLayout {
  readonly words: number;
  /** One field for each instance, in the system's order. */
  readonly fields: readonly PackedField[];
}

/** Set in word 0 of every packed state, so that a word 0 of zero is an empty slot of the visited set. */
export const OCCUPIED = 1;

/**
 * Lays the local states out in as few 32-bit words as first fit finds.
 *
 * A field never crosses a word: the generated code then tests and changes it with one mask, and several of them at once.
 */
export function layoutProduct(system: ProductSystem): ProductLayout {
  validate(system);
  const used = [1];
  const fields = system.instances.map(({ component }): PackedField => {
    const bits = bitsFor(system.components[component].states.length);
    let word = used.findIndex((taken) => taken + bits <= 32);
    if (word < 0) {
      word = used.push(0) - 1;
    }
    const shift = bits === 0 ? 0 : used[word];
    used[word] += bits;
    return { word, shift, mask: 2 ** bits - 1 };
  });
  return { words: used.length, fields };
}

export function packState(layout: ProductLayout, locals: ArrayLike<number>): Int32Array {
  const packed = new Int32Array(layout.words);
  packed[0] = OCCUPIED;
  for (const [instance, { word, shift }] of layout.fields.entries()) {
    packed[word] |= locals[instance] << shift;
  }
  return packed;
}

/** Reads the local states of all instances from the packed state that begins at `states[base]`. */
export function unpackState(layout: ProductLayout, states: Int32Array, base: number): Int32Array {
  return Int32Array.from(layout.fields, ({ word, shift, mask }) => (states[base + word] >>> shift) & mask);
}

function bitsFor(states: number): number {
  return states <= 1 ? 0 : 32 - Math.clz32(states - 1);
}

function validate(system: ProductSystem): void {
  for (const table of system.components) {
    validateComponent(table);
  }
  const tableOf = (instance: number): ComponentTable => system.components[system.instances[instance].component];
  for (const { component, name } of system.instances) {
    assert(component in system.components, `${name} is an instance of a component of the system`);
  }
  for (const { name, parts } of system.vectors) {
    assert(parts.length > 0, `vector ${name} has a participant`);
    assert(new Set(parts.map((part) => part.instance)).size === parts.length, `nobody takes part twice in ${name}`);
    for (const { instance, event } of parts) {
      assert(instance in system.instances, `every participant of ${name} is an instance of the system`);
      assert(event in tableOf(instance).edges, `every event of ${name} is one of its participant's component`);
    }
  }
  for (const { id, forbidden } of system.claims) {
    for (const { instance, state } of forbidden.flat()) {
      assert(instance in system.instances, `claim ${id} speaks of instances of the system`);
      assert(state in tableOf(instance).states, `claim ${id} speaks of states of its instances`);
    }
  }
}

function validateComponent({ name, states, events, initial, edges }: ComponentTable): void {
  assert(initial in states, `the initial state of ${name} is one of its states`);
  assert(edges.length === events.length, `${name} has one row of edges for each event`);
  for (const row of edges) {
    assert(row.length === states.length, `each row of ${name} has one entry for each state`);
    assert(
      row.every((target) => target >= -1 && target < states.length),
      `each edge of ${name} leads to a state or nowhere`,
    );
  }
}
