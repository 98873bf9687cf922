/** A recorded page that is free, and one that the model refused to allocate. */
const FREE = 0;
const REFUSED = -1;

/**
 * Where the model put each page that the recording has live: recorded pfn to model pfn, page by page, so that a block may be
 * freed in other pieces than it was allocated.
 *
 * - **Cost**: 5 bytes per page of the zone, whatever the trace's length.
 */
export class PageMap {
  private readonly modelLink: Int32Array;
  /** 1 while the page is as the start state had it. */
  private readonly original: Uint8Array;

  constructor(readonly pages: number) {
    this.modelLink = new Int32Array(pages);
    this.original = new Uint8Array(pages);
  }

  /** The page was in use before the trace began; the model has it at the same place. */
  liveAtStart(pfn: number): void {
    this.modelLink[pfn] = pfn + 1;
    this.original[pfn] = 1;
  }

  /** Model pfn of a live page, or -1. */
  modelOf(pfn: number): number {
    const link = this.modelLink[pfn] as number;
    return link > 0 ? link - 1 : -1;
  }

  isLive(pfn: number): boolean {
    return (this.modelLink[pfn] as number) > 0;
  }

  isRefused(pfn: number): boolean {
    return this.modelLink[pfn] === REFUSED;
  }

  isOriginal(pfn: number): boolean {
    return this.original[pfn] === 1;
  }

  allocated(pfn: number, order: number, model: number): void {
    for (let i = 0; i < 1 << order; i++) {
      this.modelLink[pfn + i] = model + i + 1;
      this.original[pfn + i] = 0;
    }
  }

  refused(pfn: number, order: number): void {
    this.modelLink.fill(REFUSED, pfn, pfn + (1 << order));
    this.original.fill(0, pfn, pfn + (1 << order));
  }

  freed(pfn: number, pages: number): void {
    for (let i = 0; i < pages; i++) {
      this.modelLink[pfn + i] = FREE;
      this.original[pfn + i] = 0;
    }
  }
}
