import { type CachedRecord, packRecord, unpackRecord } from "./cached-record.ts";

/**
 * A small set of records in a stretch of the state: sorted and packed towards the front, so that equal sets are equal
 * words. Full is an answer, not an error: hardware that wants another entry has to evict one first.
 */
export class RecordSet {
  constructor(
    private readonly words: Uint32Array,
    private readonly offset: number,
    readonly slots: number,
  ) {}

  get size(): number {
    let size = 0;
    while (size < this.slots && this.words[this.offset + 2 * size] !== 0) size++;
    return size;
  }

  get full(): boolean {
    return this.size === this.slots;
  }

  all(): CachedRecord[] {
    return Array.from({ length: this.size }, (_, at) => this.at(at));
  }

  at(index: number): CachedRecord {
    const at = this.offset + 2 * index;
    return unpackRecord(this.words[at] as number, this.words[at + 1] as number);
  }

  has(record: CachedRecord): boolean {
    const key = packRecord(record);
    const size = this.size;
    for (let i = 0; i < size; i++) {
      const at = this.offset + 2 * i;
      if (this.words[at] === key && this.words[at + 1] === record.frame) return true;
    }
    return false;
  }

  /** Answers whether the record is in the set afterwards. */
  add(record: CachedRecord): boolean {
    if (this.has(record)) return true;
    if (this.full) return false;
    this.rewrite([...this.all(), record]);
    return true;
  }

  remove(index: number): void {
    this.rewrite(this.all().filter((_, at) => at !== index));
  }

  replace(index: number, record: CachedRecord): void {
    this.rewrite(this.all().map((old, at) => (at === index ? record : old)));
  }

  drop(gone: (record: CachedRecord) => boolean): void {
    if (this.size === 0) return;
    this.rewrite(this.all().filter((record) => !gone(record)));
  }

  private rewrite(records: readonly CachedRecord[]): void {
    const pairs = records.map((record) => [packRecord(record), record.frame] as const);
    pairs.sort(([a, x], [b, y]) => a - b || x - y);
    for (let i = 0; i < this.slots; i++) {
      const pair = pairs[i];
      this.words[this.offset + 2 * i] = pair?.[0] ?? 0;
      this.words[this.offset + 2 * i + 1] = pair?.[1] ?? 0;
    }
  }
}
