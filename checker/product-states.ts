const LOG2_CHUNK_STATES = 14;
const CHUNK_STATES = 1 << LOG2_CHUNK_STATES;

/**
 * The packed states of a product search in the order of their discovery, with the number of the state each came from.
 *
 * So a level is a range of numbers, read front to back, and the visited set may move its entries as it grows. There is no
 * record of the vector that led to a state: it is found again when a path is asked for.
 */
export class ProductStates {
  count = 0;

  private readonly words: number;
  private readonly chunks: Int32Array[] = [];
  private readonly parents: Uint32Array[] = [];

  constructor(words: number) {
    this.words = words;
  }

  /** Appends the first `count` states of `fresh` and their parents; the first state of all is its own parent. */
  append(fresh: Int32Array, parents: Uint32Array, count: number): void {
    const { words } = this;
    for (let done = 0; done < count; ) {
      const row = this.count & (CHUNK_STATES - 1);
      if (row === 0) {
        this.chunks.push(new Int32Array(CHUNK_STATES * words));
        this.parents.push(new Uint32Array(CHUNK_STATES));
      }
      const many = Math.min(count - done, CHUNK_STATES - row);
      this.chunks[this.chunks.length - 1].set(fresh.subarray(done * words, (done + many) * words), row * words);
      this.parents[this.parents.length - 1].set(parents.subarray(done, done + many), row);
      this.count += many;
      done += many;
    }
  }

  chunkOf(index: number): Int32Array {
    return this.chunks[index >>> LOG2_CHUNK_STATES];
  }

  offsetOf(index: number): number {
    return (index & (CHUNK_STATES - 1)) * this.words;
  }

  /** States from `index` to the end of its chunk: those that lie one after the other. */
  runLength(index: number): number {
    return CHUNK_STATES - (index & (CHUNK_STATES - 1));
  }

  /** Numbers of the states from the first to `index`, both included. */
  lineage(index: number): number[] {
    const numbers = [index];
    for (let at = index; at !== 0; ) {
      at = this.parents[at >>> LOG2_CHUNK_STATES][at & (CHUNK_STATES - 1)];
      numbers.push(at);
    }
    return numbers.reverse();
  }
}
