import type { KernelVersion } from "../../model/gfp.ts";

/**
 * A rule of the page allocator that 6.1 and 6.12 do not share.
 *
 * - **made by**: subject of the upstream patch, the first release with it, and its commit where that could be looked up in
 *   public kernel mail or another tree's log; a patch without an id is named by its subject alone.
 */
export interface VersionDifference {
  readonly rule: string;
  readonly v6_1: string;
  readonly v6_12: string;
  readonly patch: string;
  readonly since: string;
  readonly commit?: string;
}

/** The kernel whose rules a world follows when nobody says. */
export const DEFAULT_KERNEL: KernelVersion = "6.12";

/**
 * The differences that the model follows, v6.1.119 against v6.12.
 *
 * Where a fix has gone into the stable series of 6.1 or 6.12 the series' rule counts, not the first release's: recorded
 * machines run the series.
 */
export const VERSION_DIFFERENCES: readonly VersionDifference[] = [
  {
    rule: "largest order",
    v6_1: "MAX_ORDER = 11 is one more than the largest order",
    v6_12: "MAX_PAGE_ORDER = 10 is the largest order; the number of orders is NR_PAGE_ORDERS",
    patch: "mm, treewide: rename MAX_ORDER to MAX_PAGE_ORDER",
    since: "6.8",
  },
  {
    rule: "GFP_ATOMIC",
    v6_1: "has a bit of its own, __GFP_ATOMIC; an order-0 request with it ignores the boost of the min watermark",
    v6_12: "is __GFP_HIGH and __GFP_KSWAPD_RECLAIM; whoever may use the min reserve ignores the boost",
    patch: "mm: discard __GFP_ATOMIC",
    since: "6.3",
  },
  {
    rule: "GFP_NOWAIT",
    v6_1: "warns when it fails",
    v6_12: "includes __GFP_NOWARN",
    patch: "gfp: include __GFP_NOWARN in GFP_NOWAIT",
    since: "6.9",
  },
  {
    rule: "pages in high-order atomic reserve that a watermark test leaves out",
    v6_1: "all pages of the reserved pageblocks, used or free",
    v6_12: "the free ones (zone->nr_free_highatomic)",
    patch: "mm/page_alloc: keep track of free highatomic",
    since: "6.12",
  },
  {
    rule: "limit of the high-order atomic reserve",
    v6_1: "1 % of the zone and a pageblock more",
    v6_12: "1 % of the zone, rounded up to pageblocks; none at all where 1 % is less than a pageblock",
    patch:
      "mm/page_alloc: correct start page when guard page debug is enabled … ensure reserved highatomic is at most 1 %",
    since: "6.8",
  },
  {
    rule: "reserve for blocks of pageblock_order and above",
    v6_1: "labels and counts the first pageblock only",
    v6_12: "labels and counts all pageblocks of the block",
    patch: "mm: page_alloc: fix highatomic typing in multi-block buddies",
    since: "6.10",
  },
  {
    rule: "list of a free block and label of its pageblock",
    v6_1: "may differ: a steal moves free pages and may leave the label, what expand() splits off stays on the list it came from, merged blocks keep their labels",
    v6_12:
      "are the same; a steal that does not claim the pageblock takes one block and leaves the rest on its list; merging relabels",
    patch:
      "mm: page_alloc: fix freelist movement during block conversion; mm: page_alloc: fix up block types when merging compatible blocks",
    since: "6.10",
  },
  {
    rule: "claiming a pageblock",
    v6_1: "moves the free pages first, then relabels if half of the pageblock is free or alike",
    v6_12: "counts first, then moves and relabels, or does neither",
    patch: "mm: page_alloc: fix freelist movement during block conversion",
    since: "6.10",
  },
  {
    rule: "mm_page_alloc_zone_locked on a fallback",
    v6_1: "always: the request is served again from its own list",
    v6_12: "only if the pageblock was claimed; a block stolen by itself shows as mm_page_alloc_extfrag alone",
    patch: "mm: page_alloc: fix freelist movement during block conversion",
    since: "6.10",
  },
  {
    rule: "type of a freed page",
    v6_1: "read when the free begins and kept with the page on its per-CPU list; read again under the lock only while a pageblock is isolated",
    v6_12: "read under the zone's lock when the page reaches the buddy lists",
    patch:
      "mm: page_alloc: remove pcppage migratetype caching; mm: page_alloc: close migratetype race between freeing and stealing",
    since: "6.10",
  },
  {
    rule: "free of a block larger than a pageblock",
    v6_1: "one block of the first pageblock's type",
    v6_12: "each pageblock by itself, by its own type",
    patch:
      "mm: page_isolation: prepare for hygienic freelists; mm: page_alloc: move free pages when converting block during isolation",
    since: "6.10",
  },
  {
    rule: "length of the per-CPU lists",
    v6_1: "fixed: high = low watermark / CPUs of the node, at least 4 batches",
    v6_12:
      "tuned between that (high_min) and 1/8 of the zone / CPUs (high_max), growing as pages are taken and freed in rows",
    patch: "mm: add framework for PCP high auto-tuning; mm: tune PCP high automatically",
    since: "6.7",
  },
  {
    rule: "pages per refill",
    v6_1: "a batch",
    v6_12:
      "a batch, doubled (alloc_factor) with each order-0 refill without a free in between, up to 2^5 and what fits",
    patch:
      "mm, pcp: scale batch to reduce number of high order pcp flushes … mm: restrict the pcp batch scale factor to avoid too long latency; mm, page_alloc: scale the number of pages that are batch allocated",
    since: "6.7",
  },
  {
    rule: "pages returned when a per-CPU list is full",
    v6_1: "a batch, doubled (free_factor) with each return without an allocation in between",
    v6_12: "as many as have been freed in a row (free_count), at least a batch",
    patch:
      "mm, pcp: reduce lock contention for draining high-order pages … mm, pcp: avoid to drain PCP when process exit",
    since: "6.7",
  },
  {
    rule: "high-order frees in a row",
    v6_1: "return everything on the per-CPU lists as soon as free_factor is not 0",
    v6_12:
      "return up to 2^5 batches if the free before was high-order too and a batch has been freed in a row (PCPF_PREV_FREE_HIGH_ORDER; with large CPU caches PCPF_FREE_HIGH_BATCH keeps a batch)",
    patch:
      "mm, pcp: avoid to drain PCP when process exit; mm, pcp: reduce lock contention for draining high-order pages",
    since: "6.7",
  },
  {
    rule: "memory below the high watermark",
    v6_1: "does not concern the per-CPU lists",
    v6_12: "noted at allocation (ZONE_BELOW_HIGH): lists stop growing and frees shorten them",
    patch: "mm, pcp: decrease PCP high if free pages < high watermark",
    since: "6.7",
  },
  {
    rule: "min watermark of ZONE_MOVABLE",
    v6_1: "its share of min_free_kbytes",
    v6_12: "1/1024 of the zone, 32 to 128 pages; the zone does not count for the others' shares",
    patch: "mm/page_alloc: don't reserve ZONE_HIGHMEM/MOVABLE pages beyond need in __setup_per_zone_wmarks",
    since: "6.7",
  },
  {
    rule: "several folios freed at once",
    v6_1: "order-0 pages from a list, the lock dropped every 32 pages",
    v6_12: "folios of any order in batches of up to 31, the lock kept while the zone stays the same",
    patch: "mm: use folios in free_unref_page_list / mm: add free_unref_folios()",
    since: "6.9",
  },
];
