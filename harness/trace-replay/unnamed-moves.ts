import type { PageMap } from "./page-map.ts";

/**
 * Pages that the recorded kernel's compaction moved. It names the frame that a content left, by its free, and not the frame it
 * went to; that one is first named when it is freed.
 *
 * The model did not move anything then: its page goes on standing for the content, and is freed when the content is. Which of
 * several contents a free means is not recorded, and does not matter for what is free: first moved, first freed.
 */
export class UnnamedMoves {
  /** Frames that compaction emptied, and pages freed that it had filled. */
  moved = 0;
  freed = 0;
  private readonly waiting: number[] = [];
  private next = 0;

  constructor(private readonly map: PageMap) {}

  /** Compaction frees a page: false if it is not in use, and then nothing was moved. */
  take(pfn: number): boolean {
    const model = this.map.modelOf(pfn);
    if (model < 0) return false;
    this.map.freed(pfn, 1);
    this.waiting.push(model);
    this.moved++;
    return true;
  }

  /** A page is freed that nobody was given: a content that was moved there. Answers the model's page, or -1. */
  give(): number {
    if (this.next === this.waiting.length) return -1;
    this.freed++;
    return this.waiting[this.next++] as number;
  }
}
