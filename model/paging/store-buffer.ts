import { assert } from "../failure.ts";
import type { HardwareRules } from "./hardware-rules.ts";
import type { PageWord } from "./page-entry.ts";
import { WORDS_PER_STORE } from "./paging-config.ts";

export interface BufferedStore {
  readonly address: number;
  readonly word: PageWord;
  readonly nonTemporal: boolean;
}

const NON_TEMPORAL = 2 ** 31;

/**
 * The stores of one CPU that memory has not seen yet, oldest first; a cell is address + 1 and the two halves.
 *
 * Ordinary stores leave in program order. A non-temporal one leaves whenever it likes, except past a store to the same
 * address: it waits in a write-combining buffer that nothing but a fence empties in order.
 *
 * - **Source**: Intel SDM vol. 3 §9.2.2 (processor ordering), §12.3.1 (write combining); AMD APM vol. 2 §7.4.
 */
export class StoreBuffer {
  constructor(
    private readonly words: Uint32Array,
    private readonly offset: number,
    private readonly slots: number,
    private readonly rules: HardwareRules,
  ) {}

  get size(): number {
    let size = 0;
    while (size < this.slots && this.words[this.cell(size)] !== 0) size++;
    return size;
  }

  get full(): boolean {
    return this.size === this.slots;
  }

  at(index: number): BufferedStore {
    const at = this.cell(index);
    const tag = this.words[at] as number;
    return {
      address: (tag & (NON_TEMPORAL - 1)) - 1,
      word: { low: this.words[at + 1] as number, high: this.words[at + 2] as number },
      nonTemporal: tag >= NON_TEMPORAL,
    };
  }

  push(store: BufferedStore): void {
    const size = this.size;
    assert(size < this.slots, "a store is executed only when the buffer has room for it");
    const at = this.cell(size);
    this.words[at] = store.address + 1 + (store.nonTemporal ? NON_TEMPORAL : 0);
    this.words[at + 1] = store.word.low;
    this.words[at + 2] = store.word.high;
  }

  /** Takes one store out; those behind it move up. */
  take(index: number): BufferedStore {
    const store = this.at(index);
    this.words.copyWithin(this.cell(index), this.cell(index + 1), this.cell(this.slots));
    this.words.fill(0, this.cell(this.slots - 1), this.cell(this.slots));
    return store;
  }

  /** What the CPU's own load of the address must see: its youngest store to it. */
  youngest(address: number): PageWord | undefined {
    for (let i = this.size - 1; i >= 0; i--) {
      const store = this.at(i);
      if (store.address === address) return store.word;
    }
    return undefined;
  }

  /** Positions of the stores that may reach memory next. */
  drainable(): number[] {
    const stores = Array.from({ length: this.size }, (_, at) => this.at(at));
    return stores.flatMap((store, at) => (this.mayLeave(stores.slice(0, at), store) ? [at] : []));
  }

  private mayLeave(older: readonly BufferedStore[], store: BufferedStore): boolean {
    const { storesInOrder, nonTemporalInOrder } = this.rules;
    const loose = (other: BufferedStore): boolean => (other.nonTemporal ? !nonTemporalInOrder : !storesInOrder);
    return older.every((other) => other.address !== store.address && (loose(store) || loose(other)));
  }

  private cell(index: number): number {
    return this.offset + WORDS_PER_STORE * index;
  }
}
