import type { Column } from "./column.ts";
import { textDigest } from "./layout.ts";
import type { State } from "./state.ts";

/**
 * A 64-bit hash of the whole state as 16 hex digits. Comparable only between states of equal layout digest.
 */
export function stateHash(state: State): string {
  let a = 0x9e3779b9;
  let b = 0x7f4a7c15;
  for (const word of state.words) {
    a = mix(a ^ word);
    b = mix(b + word) ^ a;
  }
  return hex(a) + hex(b);
}

/**
 * Digest of what a reader would call the same behaviour: the observable columns only, XOR of one digest per column, so that
 * adding a column does not invalidate a stored counterexample.
 */
export function observationDigest(state: State): string {
  let a = 0;
  let b = 0;
  for (const column of state.columns) {
    if (column.spec.observable !== true) continue;
    const [x, y] = columnDigest(column);
    a ^= x;
    b ^= y;
  }
  return hex(a) + hex(b);
}

/** Two 32-bit lanes over the non-zero cells; a column of zeros digests to zero, whatever its length. */
export function columnDigest(column: Column): readonly [number, number] {
  const seed = Number.parseInt(textDigest(column.name).slice(0, 8), 16);
  let a = 0;
  let b = 0;
  for (let row = 0; row < column.rows; row++) {
    const value = column.get(row);
    if (value === 0) continue;
    const cell = mix(mix(seed ^ row) + value);
    a = (a + cell) | 0;
    b ^= mix(cell + 0x2545f491);
  }
  return [a, b];
}

function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
