/**
 * One cached thing of a CPU, or one walk on its way, as two words:
 *
 *     word 0:  0 valid · 1 global · 2..4 level · 5 writable · 6 noExecute · 7 loaded · 8..19 pcid · 20..31 page
 *     word 1:  frame
 *
 * | kept in | level | frame | page |
 * | --- | --- | --- | --- |
 * | TLB | of the leaf: 1 is 4K, 2 is 2M, 3 is 1G | first frame of the page, or `ABSENT_FRAME` | first page it covers |
 * | paging-structure cache | of the table it leads to: 3, 2, 1 | that table | first page below the table |
 * | walk | of the entry to load next; of the leaf once `loaded` | table to load from; the leaf's frame once `loaded` | page asked for |
 */
export interface CachedRecord {
  readonly global: boolean;
  readonly level: number;
  readonly writable: boolean;
  readonly noExecute: boolean;
  /** A walk that has its leaf and only has to deposit it. */
  readonly loaded: boolean;
  readonly pcid: number;
  readonly page: number;
  readonly frame: number;
}

/** What a negative entry leads to, on hardware that breaks H1. */
export const ABSENT_FRAME = 0xffffffff;

/** Pages and PCIDs take 12 bits each. */
export const MAX_PAGES = 1 << 12;
export const MAX_PCIDS = 1 << 12;

export function packRecord(record: CachedRecord): number {
  return (
    (1 |
      (record.global ? 2 : 0) |
      (record.level << 2) |
      (record.writable ? 32 : 0) |
      (record.noExecute ? 64 : 0) |
      (record.loaded ? 128 : 0) |
      (record.pcid << 8) |
      (record.page << 20)) >>>
    0
  );
}

export function unpackRecord(word: number, frame: number): CachedRecord {
  return {
    global: (word & 2) !== 0,
    level: (word >>> 2) & 7,
    writable: (word & 32) !== 0,
    noExecute: (word & 64) !== 0,
    loaded: (word & 128) !== 0,
    pcid: (word >>> 8) & 0xfff,
    page: word >>> 20,
    frame,
  };
}
