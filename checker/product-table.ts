import { generateTableCode, recentCache, type TableCode } from "./product-table-code.ts";

const LOG2_FIRST_CAPACITY = 12;
/** Below it a table grows fourfold: the memory is little, and each growth walks the whole table. */
const LOG2_SMALL_CAPACITY = 22;
const LOG2_LARGEST_CAPACITY = 29;
const LOAD_MAX = 5 / 8;

/**
 * The visited set of a product search: the packed states themselves, in open addressing.
 *
 * - **Shapes, units**: `words` 32-bit words for each state, of which the first is never 0; at most 2^29 slots.
 * - **Cost**: one cache line for a typical probe; at most 5/8 of the slots in use.
 */
export class ProductTable {
  readonly code: TableCode;
  readonly recent: Int32Array;
  table: Int32Array;

  private readonly words: number;
  private log2Capacity: number;

  constructor(words: number, expectedStates: number) {
    const log2 = Math.ceil(Math.log2(Math.max(expectedStates, 1) / LOAD_MAX));
    this.words = words;
    this.recent = recentCache(words);
    this.code = generateTableCode(words);
    this.log2Capacity = Math.min(Math.max(log2, LOG2_FIRST_CAPACITY), LOG2_LARGEST_CAPACITY);
    this.table = new Int32Array(words * 2 ** this.log2Capacity);
  }

  get shift(): number {
    return 32 - this.log2Capacity;
  }

  get mask(): number {
    return 2 ** this.log2Capacity - 1;
  }

  /** Stores a state in the empty table. */
  insertFirst(state: Int32Array): void {
    const home = new Int32Array(1);
    this.code.sift(this.recent, this.shift, state, 1, Int32Array.of(this.words), home);
    this.table.set(state, home[0] * this.words);
  }

  /** Makes sure that `states` fit. `false`: neither the table nor the machine's memory has room for so many. */
  reserve(states: number): boolean {
    let log2 = this.log2Capacity;
    while (states > LOAD_MAX * 2 ** log2) {
      log2 += log2 < LOG2_SMALL_CAPACITY ? 2 : 1;
    }
    if (log2 === this.log2Capacity) {
      return true;
    }
    return log2 <= LOG2_LARGEST_CAPACITY && this.growTo(log2);
  }

  private growTo(log2: number): boolean {
    const table = allocate(this.words * 2 ** log2);
    if (table === undefined) {
      return false;
    }
    this.log2Capacity = log2;
    this.code.rehash(this.table, table, this.shift, this.mask);
    this.table = table;
    return true;
  }
}

function allocate(words: number): Int32Array | undefined {
  try {
    return new Int32Array(words);
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}
