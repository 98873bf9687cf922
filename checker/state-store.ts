const LOG2_CHUNK_WORDS = 18;
const SMALLEST_CHUNK_STATES = 64;
const FIRST_CAPACITY = 1 << 12;
const LARGEST_CAPACITY = 2 ** 30;

/** Parent, action, dead. */
const BYTES_BESIDE = 9;

/** The parent of a state that has none. */
export const NO_PARENT = 0xffffffff;

/**
 * Every state ever seen, whole, with the link that leads back to the initial one.
 *
 * States are numbered in the order of their discovery, so a breadth-first frontier is a range of numbers. They lie in
 * chunks that never move: a caller may keep reading one state while others are added. The visited set holds (number + 1,
 * hash) pairs side by side; most probes are decided by one cache line, and growing needs no state to be hashed again.
 *
 * - **Shapes, units**: a state is `words` 32-bit words; numbers run from 0; at most 2^29 states.
 * - **Cost**: one probe and, for a state seen before, one comparison; 8 bytes for each slot at a load of 1/4 to 1/2, and
 *   9 bytes beside each state's own words.
 * - **Errors**: a `RangeError` of the runtime when the machine has no more memory; `canGrow` says when the table is full.
 */
export class StateStore {
  readonly words: number;
  count = 0;

  private readonly shift: number;
  private readonly mask: number;
  private readonly chunks: Uint32Array[] = [];
  private readonly parents: Uint32Array[] = [];
  private readonly actions: Uint32Array[] = [];
  private readonly deads: Uint8Array[] = [];
  private table = new Int32Array(2 * FIRST_CAPACITY);
  private capacity = FIRST_CAPACITY;
  private hash = 0;
  private slot = 0;

  /** `log2ChunkWords`: how much is set aside at a time. */
  constructor(words: number, log2ChunkWords = LOG2_CHUNK_WORDS) {
    this.words = words;
    this.shift = Math.max(Math.log2(SMALLEST_CHUNK_STATES), log2ChunkWords - Math.ceil(Math.log2(Math.max(words, 1))));
    this.mask = (1 << this.shift) - 1;
  }

  /** The number of an equal state, or -1; in that case `append` may be called at once, and only with the same words. */
  find(state: Uint32Array): number {
    const { table, words } = this;
    const mask = this.capacity - 1;
    const hash = hashOf(state, words);
    let slot = hash & mask;
    for (;;) {
      const entry = table[2 * slot];
      if (entry === 0) {
        break;
      }
      if (table[2 * slot + 1] === hash && this.equals(entry - 1, state)) {
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    this.hash = hash;
    this.slot = slot;
    return -1;
  }

  /** Stores the state that `find` has just missed. Answers its number. */
  append(state: Uint32Array, parent: number, action: number, dead: boolean): number {
    const index = this.count++;
    const chunkIndex = index >>> this.shift;
    const row = index & this.mask;
    if (row === 0) {
      this.addChunk();
    }
    const chunk = this.chunks[chunkIndex];
    chunk.set(state, row * this.words);
    this.parents[chunkIndex][row] = parent;
    this.actions[chunkIndex][row] = action;
    this.deads[chunkIndex][row] = dead ? 1 : 0;
    this.table[2 * this.slot] = index + 1;
    this.table[2 * this.slot + 1] = this.hash;
    if (2 * this.count > this.capacity) {
      this.grow();
    }
    return index;
  }

  get canGrow(): boolean {
    return this.count < LARGEST_CAPACITY / 2;
  }

  /** What its arrays take, in bytes. */
  get bytes(): number {
    return this.table.byteLength + this.chunks.length * ((this.mask + 1) * (4 * this.words + BYTES_BESIDE));
  }

  /** Hands out every state in the order of their numbers, and lets go of each chunk as soon as it has been. */
  drain(take: (pool: Uint32Array, offset: number, parent: number, action: number, dead: boolean) => void): void {
    const { count } = this;
    this.table = new Int32Array(0);
    for (let index = 0; index < count; index++) {
      const row = index & this.mask;
      const [parents, actions, deads] = [this.parents[0], this.actions[0], this.deads[0]];
      take(this.chunks[0], row * this.words, parents[row], actions[row], deads[row] === 1);
      if (row === this.mask || index === count - 1) {
        for (const column of [this.chunks, this.parents, this.actions, this.deads]) {
          column.shift();
        }
      }
    }
    this.count = 0;
  }

  chunkOf(index: number): Uint32Array {
    return this.chunks[index >>> this.shift];
  }

  offsetOf(index: number): number {
    return (index & this.mask) * this.words;
  }

  isDead(index: number): boolean {
    return this.deads[index >>> this.shift][index & this.mask] === 1;
  }

  /** Actions from the initial state to `index`, in order. */
  pathTo(index: number): number[] {
    const path: number[] = [];
    let at = index;
    for (;;) {
      const parent = this.parents[at >>> this.shift][at & this.mask];
      if (parent === NO_PARENT) {
        return path.reverse();
      }
      path.push(this.actions[at >>> this.shift][at & this.mask]);
      at = parent;
    }
  }

  private equals(index: number, state: Uint32Array): boolean {
    const chunk = this.chunks[index >>> this.shift];
    const base = (index & this.mask) * this.words;
    for (let i = 0; i < this.words; i++) {
      if (chunk[base + i] !== state[i]) {
        return false;
      }
    }
    return true;
  }

  private addChunk(): void {
    const rows = 1 << this.shift;
    this.chunks.push(new Uint32Array(rows * this.words));
    this.parents.push(new Uint32Array(rows));
    this.actions.push(new Uint32Array(rows));
    this.deads.push(new Uint8Array(rows));
  }

  private grow(): void {
    const old = this.table;
    const mask = 2 * this.capacity - 1;
    const table = new Int32Array(2 * old.length);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === 0) {
        continue;
      }
      let slot = old[at + 1] & mask;
      while (table[2 * slot] !== 0) {
        slot = (slot + 1) & mask;
      }
      table[2 * slot] = old[at];
      table[2 * slot + 1] = old[at + 1];
    }
    this.table = table;
    this.capacity = 2 * this.capacity;
  }
}

/**
 * Multiply–xor over four independent lanes: one chain of multiplications would take 80 words × 6 cycles, four overlap.
 * Each step folds the high half down, or two flips of a top bit in different words would cancel. The answer is a signed word:
 * an unsigned one would not always fit the runtime's small integers.
 */
function hashOf(state: Uint32Array, words: number): number {
  let a = 0x243f6a88;
  let b = 0x13198a2e;
  let c = 0x299f31d0;
  let d = 0x452821e6;
  let i = 0;
  for (; i + 4 <= words; i += 4) {
    a = fold(a ^ state[i], 0x9e3779b1);
    b = fold(b ^ state[i + 1], 0x85ebca6b);
    c = fold(c ^ state[i + 2], 0xc2b2ae35);
    d = fold(d ^ state[i + 3], 0x27d4eb2f);
  }
  for (; i < words; i++) {
    a = fold(a ^ state[i], 0x165667b1);
  }
  a = fold(a ^ b, 0x9e3779b1);
  c = fold(c ^ d, 0xc2b2ae35);
  a = fold(a ^ ((c << 7) | (c >>> 25)), 0x85ebca6b);
  return a ^ (a >>> 13);
}

function fold(x: number, odd: number): number {
  const product = Math.imul(x, odd);
  return product ^ (product >>> 15);
}
