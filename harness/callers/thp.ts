import { GFP } from "../../model/gfp.ts";
import { type Attempt, type CallerAnswer, firstThatSucceeds, type TryAlloc } from "./retry.ts";

/** /sys/kernel/mm/transparent_hugepage/defrag: how hard a page fault tries. `madvise` is the default. */
export type ThpDefrag = "always" | "defer" | "defer+madvise" | "madvise" | "never";

/** What decides a fault's flags, beside the order. */
export interface ThpFault {
  readonly defrag?: ThpDefrag;
  /** The region was marked with MADV_HUGEPAGE. */
  readonly madvised?: boolean;
}

/**
 * A page fault on anonymous memory that may be huge: a huge page on the fault's own node, where the caller may reclaim also on
 * any node, else one page of 4 KiB, zeroed.
 *
 * - **Shapes, units**: `order` is that of a huge page (pageblock order on x86-64).
 * - **Leaves out**: sizes between the two (off by default in v6.12).
 * - **Source**: `do_huge_pmd_anonymous_page()`, `vma_thp_gfp_mask()` in mm/huge_memory.c; `alloc_pages_mpol()` in mm/mempolicy.c.
 */
export function allocThp(tryAlloc: TryAlloc, order: number, fault: ThpFault = {}): CallerAnswer {
  const gfp = thpFlags(fault.defrag ?? "madvise", fault.madvised ?? false);
  const huge: Attempt[] = [{ gfp: gfp | GFP.THISNODE | GFP.NORETRY, order }];
  if ((gfp & GFP.DIRECT_RECLAIM) !== 0) huge.push({ gfp, order });
  return firstThatSucceeds(tryAlloc, [...huge, { gfp: GFP.HIGHUSER_MOVABLE | GFP.ZERO, order: 0 }]);
}

function thpFlags(defrag: ThpDefrag, madvised: boolean): number {
  switch (defrag) {
    case "always":
      return GFP.TRANSHUGE | (madvised ? 0 : GFP.NORETRY);
    case "defer":
      return GFP.TRANSHUGE_LIGHT | GFP.KSWAPD_RECLAIM;
    case "defer+madvise":
      return GFP.TRANSHUGE_LIGHT | (madvised ? GFP.DIRECT_RECLAIM : GFP.KSWAPD_RECLAIM);
    case "madvise":
      return GFP.TRANSHUGE_LIGHT | (madvised ? GFP.DIRECT_RECLAIM : 0);
    case "never":
      return GFP.TRANSHUGE_LIGHT;
  }
}
