import { GFP } from "../../model/gfp.ts";
import { type CallerAnswer, firstThatSucceeds, type TryAlloc } from "./retry.ts";

/** A page-cache folio. `minOrder` is the file system's block size; 0 where it is no larger than a page. */
export interface FolioWanted {
  readonly gfp: number;
  readonly order: number;
  readonly minOrder?: number;
}

/**
 * A folio for the page cache: one order less after each refusal, quietly, down to the smallest, which is asked for in earnest.
 *
 * - **Leaves out**: the readahead of v6.1, which goes from the order it wanted to single pages at once.
 * - **Source**: `__filemap_get_folio()` in mm/filemap.c, v6.12.
 */
export function allocFolio(tryAlloc: TryAlloc, { gfp, order, minOrder = 0 }: FolioWanted): CallerAnswer {
  const orders = Array.from({ length: Math.max(order - minOrder, 0) + 1 }, (_, i) => Math.max(order, minOrder) - i);
  return firstThatSucceeds(
    tryAlloc,
    orders.map((at) => ({
      gfp: gfp | (at > minOrder ? GFP.NORETRY | GFP.NOWARN : 0) | (at > 0 ? GFP.COMP : 0),
      order: at,
    })),
  );
}
