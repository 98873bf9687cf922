/** Where a page is, as far as the recording has told. */
export const WHERE = {
  /** Not free at the start and not named since: live, or on a pcplist. */
  unseen: 0,
  buddy: 1,
  /** Left the buddy lists and not named since: on a pcplist, or handed out by a call that is not traced. */
  left: 2,
  allocated: 3,
  /** `mm_page_free` seen: on a pcplist or, without a word, back in the buddy. */
  freed: 4,
  /** Taken by compaction, which names no page. */
  isolated: 5,
  /** Assumed taken by compaction without an event; should the page turn out to be free, the assumption is withdrawn. */
  presumed: 6,
} as const;

export type Where = (typeof WHERE)[keyof typeof WHERE];

const WHERE_MASK = 7;
/** The pageblock has changed hands since the page left the buddy: the type it goes back with may be the former one. */
const STALE = 8;

export const WHERE_WORDS: readonly string[] = [
  "not free at the start and not named since",
  "free",
  "out of the buddy, on a pcplist or handed out untraced",
  "allocated",
  "freed, on a pcplist or returned unnamed",
  "isolated by compaction",
  "assumed isolated by compaction's fast search",
];

/**
 * What the recording has told of each page: 6 bytes a page.
 *
 * A freed or departed block remembers its order, and the list it left, at its first page.
 */
export class PageStates {
  private readonly state: Uint8Array;
  /** (order + 1) * 8 + type, at the first page of the block that the last event named. */
  private readonly unit: Uint8Array;
  /** Line at which the page came to the buddy. */
  private readonly since: Uint32Array;

  constructor(pages: number) {
    this.since = new Uint32Array(pages);
    this.state = new Uint8Array(pages);
    this.unit = new Uint8Array(pages);
  }

  where(pfn: number): number {
    return (this.state[pfn] as number) & WHERE_MASK;
  }

  isStale(pfn: number): boolean {
    return ((this.state[pfn] as number) & STALE) !== 0;
  }

  /** The order under which the page was last named as the first of a block; -1 if it was not. */
  orderOf(pfn: number): number {
    return ((this.unit[pfn] as number) >> 3) - 1;
  }

  typeOf(pfn: number): number {
    return (this.unit[pfn] as number) & 7;
  }

  /** The line at which a page that is free came to the buddy. */
  freeSince(pfn: number): number {
    return this.since[pfn] as number;
  }

  setFree(pfn: number, order: number, line: number): void {
    this.set(pfn, order, WHERE.buddy);
    if (order === 0) this.since[pfn] = line;
    else this.since.fill(line, pfn, pfn + (1 << order));
  }

  set(pfn: number, order: number, where: Where, type = 0): void {
    if (order === 0) {
      this.state[pfn] = where;
      this.unit[pfn] = 8 + type;
      return;
    }
    this.state.fill(where, pfn, pfn + (1 << order));
    this.unit.fill(0, pfn, pfn + (1 << order));
    this.unit[pfn] = (order + 1) * 8 + type;
  }

  /** First page of the block in this state that holds the page, or -1. */
  unitOf(pfn: number, where: Where): number {
    if (this.where(pfn) !== where) return -1;
    for (let order = 0; order <= MAX_UNIT_ORDER; order++) {
      const head = pfn & -(1 << order);
      if (this.orderOf(head) >= order) return this.where(head) === where ? head : -1;
    }
    return -1;
  }

  /** The first page of [pfn, pfn + 2^order) that is in the state, or -1. */
  firstIn(pfn: number, order: number, where: Where): number {
    for (let at = pfn; at < pfn + (1 << order); at++) if (this.where(at) === where) return at;
    return -1;
  }

  /** Marks the pages of [start, end) that are outside the buddy: their pageblock has changed hands. */
  pageblockChanged(start: number, end: number): void {
    for (let at = start; at < end; at++) {
      if (this.where(at) !== WHERE.buddy) this.state[at] = (this.state[at] as number) | STALE;
    }
  }
}

const MAX_UNIT_ORDER = 10;
