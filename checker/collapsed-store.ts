import { assert } from "./assert.ts";
import { StateStore } from "./state-store.ts";

/** Words of one component: columns that lie together change together, so a cut of 32 bytes takes few values. */
const COMPONENT_WORDS = 8;

/** Values are few: a small part of the states' chunks is set aside for them at a time. */
const LOG2_VALUE_CHUNK_WORDS = 12;

/** Bytes of a component's number to begin with: 65,536 values. */
const FIRST_WIDTH = 2;

/**
 * The same states in less memory: the words of a state are cut into components, each value of a component is kept once, and a
 * state is the row of its components' numbers.
 *
 *     plain      │ 61 words ........................................................... │
 *     collapsed  │ 8 numbers of 2 bytes │   + 8 tables of values, each value kept once
 *
 * Nothing is lost: equal rows are equal states, and a state is built again from its row when it is read. States keep their
 * numbers and their links.
 *
 * - **Shapes, units**: a number takes 2 bytes until its component has more than 65,536 values, then 3, then 4; rows that
 *   were stored before are stored again.
 * - **Cost**: a probe for each component beside that for the row.
 * - **Errors**: as `StateStore`.
 * - **Source**: G. J. Holzmann, "State Compression in SPIN: Recursive Indexing and Compression Training Runs" (1997).
 */
export class CollapsedStore {
  readonly words: number;
  private readonly components: readonly Component[];
  private rows: StateStore;
  private row: Row;
  /** The state read last. */
  private readonly read: Uint32Array;

  constructor(words: number) {
    this.words = words;
    this.read = new Uint32Array(words);
    this.components = Array.from({ length: Math.ceil(words / COMPONENT_WORDS) }, (_, index) => {
      const from = index * COMPONENT_WORDS;
      return new Component(from, Math.min(COMPONENT_WORDS, words - from));
    });
    this.row = new Row(this.components.map(() => FIRST_WIDTH));
    this.rows = new StateStore(this.row.words.length);
  }

  /** All states of a plain store, which is empty afterwards. */
  static takeOver(plain: StateStore): CollapsedStore {
    const store = new CollapsedStore(plain.words);
    const state = new Uint32Array(plain.words);
    plain.drain((pool, offset, parent, action, dead) => {
      for (let i = 0; i < state.length; i++) {
        state[i] = pool[offset + i];
      }
      store.find(state);
      store.append(state, parent, action, dead);
    });
    return store;
  }

  get count(): number {
    return this.rows.count;
  }

  get bytes(): number {
    return this.components.reduce((sum, { values }) => sum + values.bytes, this.rows.bytes);
  }

  get canGrow(): boolean {
    return this.rows.canGrow;
  }

  /** The number of an equal state, or -1; in that case `append` may be called at once, and only with the same words. */
  find(state: Uint32Array): number {
    const { components, row } = this;
    for (let i = 0; i < components.length; i++) {
      const number = components[i].numberOf(state);
      if (!row.put(i, number)) {
        this.widen(i);
        return this.find(state);
      }
    }
    return this.rows.find(row.words);
  }

  /** Stores the state that `find` has just missed. Answers its number. */
  append(_state: Uint32Array, parent: number, action: number, dead: boolean): number {
    return this.rows.append(this.row.words, parent, action, dead);
  }

  /** An array in which the state lies until another is asked for, beginning at `offsetOf`. */
  chunkOf(index: number): Uint32Array {
    this.row.load(this.rows.chunkOf(index), this.rows.offsetOf(index));
    for (let i = 0; i < this.components.length; i++) {
      this.components[i].copy(this.row.get(i), this.read);
    }
    return this.read;
  }

  offsetOf(_index: number): number {
    return 0;
  }

  isDead(index: number): boolean {
    return this.rows.isDead(index);
  }

  pathTo(index: number): number[] {
    return this.rows.pathTo(index);
  }

  /** Gives a component's number a byte more, and stores all rows again. */
  private widen(component: number): void {
    const old = this.row;
    const row = new Row(old.widths.map((width, i) => (i === component ? width + 1 : width)));
    const rows = new StateStore(row.words.length);
    this.rows.drain((pool, offset, parent, action, dead) => {
      old.load(pool, offset);
      for (let i = 0; i < this.components.length; i++) {
        row.put(i, old.get(i));
      }
      rows.find(row.words);
      rows.append(row.words, parent, action, dead);
    });
    this.row = row;
    this.rows = rows;
  }
}

/** Some words of a state and every value they have had, numbered. */
class Component {
  readonly values: StateStore;
  private readonly from: number;
  private readonly value: Uint32Array;

  constructor(from: number, words: number) {
    this.from = from;
    this.values = new StateStore(words, LOG2_VALUE_CHUNK_WORDS);
    this.value = new Uint32Array(words);
  }

  numberOf(state: Uint32Array): number {
    const { value, values, from } = this;
    for (let i = 0; i < value.length; i++) {
      value[i] = state[from + i];
    }
    const known = values.find(value);
    return known >= 0 ? known : values.append(value, 0, 0, false);
  }

  /** Writes value `number` to its place in a state. */
  copy(number: number, state: Uint32Array): void {
    const { value, values, from } = this;
    const pool = values.chunkOf(number);
    const offset = values.offsetOf(number);
    for (let i = 0; i < value.length; i++) {
      state[from + i] = pool[offset + i];
    }
  }
}

/** Numbers of 2 to 4 bytes side by side in words. */
class Row {
  readonly widths: readonly number[];
  readonly words: Uint32Array;
  private readonly bytes: Uint8Array;
  private readonly places: readonly number[];

  constructor(widths: readonly number[]) {
    assert(
      widths.every((width) => width <= 4),
      "a component has no more values than states",
    );
    this.widths = widths;
    const places: number[] = [];
    let end = 0;
    for (const width of widths) {
      places.push(end);
      end += width;
    }
    this.places = places;
    this.words = new Uint32Array(Math.ceil(end / 4));
    this.bytes = new Uint8Array(this.words.buffer);
  }

  /** False when the number is too large for its place. */
  put(index: number, number: number): boolean {
    const width = this.widths[index];
    if (number >= 2 ** (8 * width)) {
      return false;
    }
    const at = this.places[index];
    for (let byte = 0; byte < width; byte++) {
      this.bytes[at + byte] = number >>> (8 * byte);
    }
    return true;
  }

  get(index: number): number {
    const at = this.places[index];
    let number = 0;
    for (let byte = this.widths[index] - 1; byte >= 0; byte--) {
      number = (number << 8) | this.bytes[at + byte];
    }
    return number >>> 0;
  }

  load(pool: Uint32Array, offset: number): void {
    for (let i = 0; i < this.words.length; i++) {
      this.words[i] = pool[offset + i];
    }
  }
}
