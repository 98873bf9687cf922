import { GFP } from "../../model/gfp.ts";
import { allocFolio } from "../callers/folio.ts";
import type { CallerAnswer, TryAlloc } from "../callers/retry.ts";
import { allocSkbFragment, SKB_FRAG_ORDER } from "../callers/skb.ts";
import { allocSlab } from "../callers/slab.ts";
import { allocThp } from "../callers/thp.ts";
import { HUGE_ORDER } from "./pcp-orders.ts";

const NO_OTHER_WAY: CallerAnswer = { pfn: -1, order: 0, attempts: 0 };

/**
 * What the caller does whose attempt the model has just refused, the kernel having granted it: the recording holds the first
 * attempt only. Who called is told from the flags; who insists (no `NORETRY`) has no other way.
 *
 * - **Leaves out**: the smallest order of a slab cache, which is not recorded: single pages.
 */
export function askAgain(tryAlloc: TryAlloc, gfp: number, order: number): CallerAnswer {
  if (order === 0 || (gfp & GFP.NORETRY) === 0) return NO_OTHER_WAY;
  // The first attempt was made and refused.
  const smaller: TryAlloc = (flags, at) => (at >= order ? -1 : tryAlloc(flags, at));
  const quiet = GFP.NORETRY | GFP.NOWARN | GFP.COMP;
  if (order === HUGE_ORDER) return allocThp(smaller, order);
  if ((gfp & GFP.MOVABLE) !== 0) return allocFolio(smaller, { gfp: gfp & ~quiet, order });
  if (order === SKB_FRAG_ORDER && (gfp & GFP.NOMEMALLOC) === 0) return allocSkbFragment(smaller, gfp & ~quiet);
  return allocSlab(smaller, { gfp: gfp & ~(quiet | GFP.NOMEMALLOC), order, minOrder: 0 });
}
