import { GFP } from "../../model/gfp.ts";
import { type CallerAnswer, firstThatSucceeds, type TryAlloc } from "./retry.ts";

/** SKB_FRAG_PAGE_ORDER: 32 KiB. */
export const SKB_FRAG_ORDER = 3;

/**
 * A page for the fragments of socket buffers: 32 KiB if there is one at hand, else a single page.
 *
 * The first attempt wakes kswapd but never reclaims itself, even where the caller may sleep: this is where most high-order
 * requests of a machine with network traffic come from, and all of them are opportunistic.
 *
 * - **Source**: `skb_page_frag_refill()` in net/core/sock.c, v6.1 and v6.12 alike.
 */
export function allocSkbFragment(tryAlloc: TryAlloc, gfp: number): CallerAnswer {
  return firstThatSucceeds(tryAlloc, [
    { gfp: (gfp & ~GFP.DIRECT_RECLAIM) | GFP.COMP | GFP.NOWARN | GFP.NORETRY, order: SKB_FRAG_ORDER },
    { gfp, order: 0 },
  ]);
}
