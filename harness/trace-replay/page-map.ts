/** A recorded page that is free, one that the model refused to allocate, and one that the model has taken away since. */
const FREE = 0;
const REFUSED = -1;
const TAKEN_AWAY = -2;

/** Of a page of the model that no recorded page stands for, or none any more. */
const NOBODY = -1;

/**
 * Where the model put each page that the recording has live: recorded pfn to model pfn, page by page, so that a block may be
 * freed in other pieces than it was allocated; and back, where the model takes pages away or moves them by itself.
 *
 * - **Cost**: 9 bytes per page of the zone, whatever the trace's length.
 */
export class PageMap {
  private readonly modelLink: Int32Array;
  /** 1 while the page is as the start state had it. */
  private readonly original: Uint8Array;
  /** Link of the recorded page that a page of the model stands for; 0 for none. */
  private readonly recordedLink: Int32Array;

  constructor(readonly pages: number) {
    this.modelLink = new Int32Array(pages);
    this.original = new Uint8Array(pages);
    this.recordedLink = new Int32Array(pages);
  }

  /** The page was in use before the trace began; the model has it at the same place. */
  liveAtStart(pfn: number): void {
    this.modelLink[pfn] = pfn + 1;
    this.recordedLink[pfn] = pfn + 1;
    this.original[pfn] = 1;
  }

  /** Model pfn of a live page, or -1. */
  modelOf(pfn: number): number {
    const link = this.modelLink[pfn] as number;
    return link > 0 ? link - 1 : -1;
  }

  /** Recorded pfn of a page of the model, or -1. */
  recordedOf(model: number): number {
    const link = this.recordedLink[model] as number;
    return link > 0 ? link - 1 : NOBODY;
  }

  isLive(pfn: number): boolean {
    return (this.modelLink[pfn] as number) > 0;
  }

  isRefused(pfn: number): boolean {
    return this.modelLink[pfn] === REFUSED;
  }

  isTakenAway(pfn: number): boolean {
    return this.modelLink[pfn] === TAKEN_AWAY;
  }

  isOriginal(pfn: number): boolean {
    return this.original[pfn] === 1;
  }

  allocated(pfn: number, order: number, model: number): void {
    for (let i = 0; i < 1 << order; i++) {
      this.modelLink[pfn + i] = model + i + 1;
      this.recordedLink[model + i] = pfn + i + 1;
      this.original[pfn + i] = 0;
    }
  }

  refused(pfn: number, order: number): void {
    this.modelLink.fill(REFUSED, pfn, pfn + (1 << order));
    this.original.fill(0, pfn, pfn + (1 << order));
  }

  freed(pfn: number, pages: number): void {
    for (let i = 0; i < pages; i++) {
      const link = this.modelLink[pfn + i] as number;
      if (link > 0 && this.recordedLink[link - 1] === pfn + i + 1) this.recordedLink[link - 1] = 0;
      this.modelLink[pfn + i] = FREE;
      this.original[pfn + i] = 0;
    }
  }

  /** The model has taken the page from its owner; the recording still has it. */
  takenAway(pfn: number): void {
    this.freed(pfn, 1);
    this.modelLink[pfn] = TAKEN_AWAY;
  }

  /** The model has moved the page. */
  moved(from: number, to: number): void {
    const link = this.recordedLink[from] as number;
    this.recordedLink[from] = 0;
    this.recordedLink[to] = link;
    if (link > 0) this.modelLink[link - 1] = to + 1;
  }
}
