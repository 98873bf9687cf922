import { allocFolio } from "../callers/folio.ts";
import type { CallerAnswer, TryAlloc } from "../callers/retry.ts";
import { allocSkbFragment } from "../callers/skb.ts";
import { allocSlab, type SlabCache } from "../callers/slab.ts";
import { allocThp } from "../callers/thp.ts";
import type { AllocFailure } from "./failure-reason.ts";
import type { Use } from "./page-questions.ts";
import type { CallSite } from "./refusals.ts";

/** Where an allocation is made, and what for. Untold, a `__GFP_MOVABLE` page is `movable`, any other `kernel`. */
export interface AllocSite extends CallSite {
  readonly use?: Use;
}

export type AllocAnswer =
  | { readonly ok: true; readonly pfn: number }
  | { readonly ok: false; readonly reason: AllocFailure };

/** The kernel's callers, each with its way down when memory is refused (harness/callers). */
export class KernelCallers {
  constructor(
    private readonly allocPages: (gfp: number, order: number, site: AllocSite) => AllocAnswer,
    private readonly hugeOrder: number,
  ) {}

  slab(cache: SlabCache, site: AllocSite): CallerAnswer {
    return allocSlab(this.port({ use: "kernel", ...site }), cache);
  }

  skb(gfp: number, site: AllocSite): CallerAnswer {
    return allocSkbFragment(this.port({ use: "kernel", ...site }), gfp);
  }

  thp(site: AllocSite): CallerAnswer {
    return allocThp(this.port({ use: "anon", ...site }), this.hugeOrder);
  }

  folio(gfp: number, order: number, site: AllocSite): CallerAnswer {
    return allocFolio(this.port({ use: "file", ...site }), { gfp, order });
  }

  private port(site: AllocSite): TryAlloc {
    return (gfp, order) => {
      const answer = this.allocPages(gfp, order, site);
      return answer.ok ? answer.pfn : -1;
    };
  }
}
