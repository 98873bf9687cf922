import type { Kernel } from "../../model/kernel.ts";
import type { PageMap } from "./page-map.ts";

/**
 * Finds the block of the model to free for a recorded page, cutting a larger one where the recording frees a piece of it.
 *
 *     allocated, order 2   [ 0 1 2 3 ]      free of page 2, order 0
 *     cut                  [0][1][2][3]     into pieces of the order freed
 */
export class PieceCutter {
  splits = 0;

  constructor(
    private readonly k: Kernel,
    private readonly map: PageMap,
  ) {}

  /**
   * The allocated block that begins where recorded page `at` is and lies within the recorded pages up to `end`; -1 if the page
   * is not live.
   */
  nextBlock(at: number, end: number): number {
    const model = this.map.modelOf(at);
    if (model < 0) return -1;
    if (this.fits(model, this.k.ledger.order(model), at, end)) return model;
    const head =
      this.k.ledger.order(model) >= 0 ? model : this.k.lists.headOf(model, (pfn) => this.k.ledger.order(pfn));
    this.k.ledger.split(head, this.pieceOrder(model, this.k.ledger.order(head) - 1, at, end));
    this.splits++;
    return model;
  }

  private fits(model: number, order: number, at: number, end: number): boolean {
    return order === 0 || (order > 0 && at + (1 << order) <= end && this.isWhole(model, order, at));
  }

  /** The largest order, at most `order`, of a piece that begins at the page and lies within what is freed. */
  private pieceOrder(model: number, order: number, at: number, end: number): number {
    let piece = order;
    while (piece > 0 && (model % (1 << piece) !== 0 || at + (1 << piece) > end || !this.isWhole(model, piece, at)))
      piece--;
    return piece;
  }

  /** The recording has the block's pages side by side as the model has. */
  private isWhole(model: number, order: number, at: number): boolean {
    for (let i = 0; i < 1 << order; i++) if (this.map.modelOf(at + i) !== model + i) return false;
    return true;
  }
}
