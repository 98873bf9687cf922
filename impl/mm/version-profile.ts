/** An upstream patch by its subject; its commit where public kernel mail or logs name the two together. */
export interface Patch {
  readonly subject: string;
  readonly commit?: string;
}

/**
 * A rule of the page allocator that 6.1 and 6.12 do not share, and the patches between them that made the difference.
 *
 * - **since**: the first release that has the new rule. No patches: none was found that names the change.
 */
export interface VersionDifference {
  readonly rule: string;
  readonly v6_1: string;
  readonly v6_12: string;
  readonly since: string;
  readonly patches: readonly Patch[];
}

/**
 * The differences that the model follows, v6.1.119 against v6.12. Code asks `layoutOf(world).v61`.
 *
 * NR_FREE_PAGES, which 6.1 corrects once per refill and 6.12 at every change of a list (e0932b6c1f94), is kept as in 6.12 for
 * both: readers see it a few pages behind at other moments.
 *
 * Two stable fixes are a matter of their own. What lowmem_reserve says of empty zones follows both stable series, not v6.12,
 * which for some releases kept nothing back from requests whose highest zone is empty. Fallbacks follow v6.12: its stable
 * series took c2f6ea38fc1b (no single pages from the largest block) in 6.12.29, which the model does not.
 */
export const VERSION_DIFFERENCES: readonly VersionDifference[] = [
  {
    rule: "largest order",
    v6_1: "`MAX_ORDER` = 11 is one more than the largest order",
    v6_12: "`MAX_PAGE_ORDER` = 10 is the largest order",
    since: "6.8",
    patches: [{ subject: "mm, treewide: rename MAX_ORDER to MAX_PAGE_ORDER", commit: "5e0a760b4441" }],
  },
  {
    rule: "GFP_ATOMIC",
    v6_1: "has a bit of its own, `__GFP_ATOMIC`; an order-0 request with it ignores the boost of the min watermark",
    v6_12: "is `__GFP_HIGH` and `__GFP_KSWAPD_RECLAIM`; whoever may use the min reserve ignores the boost",
    since: "6.3",
    patches: [{ subject: "mm: discard __GFP_ATOMIC", commit: "2973d8229b78" }],
  },
  {
    rule: "GFP_NOWAIT",
    v6_1: "warns when it fails",
    v6_12: "includes `__GFP_NOWARN`",
    since: "6.7",
    patches: [{ subject: "gfp: include __GFP_NOWARN in GFP_NOWAIT", commit: "16f5dfbc851b" }],
  },
  {
    rule: "what a watermark test leaves out of the reserve for high-order atomic requests",
    v6_1: "all pages of the reserved pageblocks, used or free",
    v6_12: "the free ones (`nr_free_highatomic`)",
    since: "6.12",
    patches: [{ subject: "mm/page_alloc: keep track of free highatomic", commit: "c928807f6f6b" }],
  },
  {
    rule: "limit of that reserve",
    v6_1: "1 % of the zone and a pageblock more",
    v6_12: "1 % of the zone in whole pageblocks; none where 1 % is less than a pageblock",
    since: "6.8",
    patches: [
      { subject: "mm: page_alloc: correct high atomic reserve calculations" },
      { subject: "mm: page_alloc: enforce minimum zone size to do high atomic reserves" },
    ],
  },
  {
    rule: "reserving around a block of pageblock_order or more",
    v6_1: "labels and counts its first pageblock",
    v6_12: "labels and counts all its pageblocks",
    since: "6.10",
    patches: [{ subject: "mm: page_alloc: fix highatomic typing in multi-block buddies", commit: "7cc5a5d65011" }],
  },
  {
    rule: "list of a free block and label of its pageblock",
    v6_1: "may differ: a steal moves free pages and may leave the label; what is split off stays on the list it came from; merged blocks keep their labels",
    v6_12:
      "are the same: a steal that claims nothing takes one block and leaves the rest on its list; merging relabels",
    since: "6.10",
    patches: [
      { subject: "mm: page_alloc: fix up block types when merging compatible blocks", commit: "e6cf9e1c4cde" },
      { subject: "mm: page_alloc: fix freelist movement during block conversion", commit: "c0cd6f557b90" },
    ],
  },
  {
    rule: "claiming a pageblock",
    v6_1: "moves its free pages, then relabels if half of it is free or alike",
    v6_12: "counts, then moves and relabels, or does neither",
    since: "6.10",
    patches: [{ subject: "mm: page_alloc: fix freelist movement during block conversion", commit: "c0cd6f557b90" }],
  },
  {
    rule: "mm_page_alloc_zone_locked on a fallback",
    v6_1: "always: the request is served again from its own list",
    v6_12: "only if a pageblock below its full size was claimed; else `mm_page_alloc_extfrag` alone tells of the block",
    since: "6.10",
    patches: [{ subject: "mm: page_alloc: fix freelist movement during block conversion", commit: "c0cd6f557b90" }],
  },
  {
    rule: "type of a freed page",
    v6_1: "read when the free begins, kept with the page on its per-CPU list, read again only while a pageblock is isolated",
    v6_12: "read under the zone's lock when the page reaches the buddy lists",
    since: "6.10",
    patches: [
      { subject: "mm: page_alloc: remove pcppage migratetype caching" },
      { subject: "mm: page_alloc: close migratetype race between freeing and stealing", commit: "55612e80e722" },
    ],
  },
  {
    rule: "free of a block larger than a pageblock",
    v6_1: "one block, of the first pageblock's type",
    v6_12: "each pageblock by itself, by its own type",
    since: "6.10",
    patches: [{ subject: "mm: page_isolation: prepare for hygienic freelists", commit: "fd919a85cd55" }],
  },
  {
    rule: "movable requests that may not have CMA (in the slow path's last attempts)",
    v6_1: "go past the per-CPU lists, on which pages of CMA may be",
    v6_12: "take from the per-CPU lists",
    since: "6.12 or before",
    patches: [],
  },
  {
    rule: "waking kswapd for a boosted zone (`ZONE_BOOSTED_WATERMARK`)",
    v6_1: "whoever allocates there next",
    v6_12: "the next request that may wake kswapd",
    since: "6.12 or before",
    patches: [],
  },
  {
    rule: "limit of the per-CPU lists",
    v6_1: "fixed: the low watermark shared by the node's CPUs, at least four batches",
    v6_12: "tuned between that (`high_min`) and 1/8 of the zone shared by the CPUs (`high_max`)",
    since: "6.7",
    patches: [
      { subject: "mm: add framework for PCP high auto-tuning", commit: "90b41691b988" },
      { subject: "mm: tune PCP high automatically", commit: "51a755c56dc0" },
    ],
  },
  {
    rule: "pages per refill",
    v6_1: "a batch",
    v6_12:
      "a batch, doubled with each order-0 refill without a free in between (`alloc_factor`), at most 2^5 times and within the limit",
    since: "6.7",
    patches: [
      { subject: "mm, page_alloc: scale the number of pages that are batch allocated", commit: "c0a242394cb9" },
      { subject: "mm: restrict the pcp batch scale factor to avoid too long latency", commit: "52166607ecc9" },
    ],
  },
  {
    rule: "pages returned when the lists are full",
    v6_1: "a batch, doubled with each return without an allocation in between (`free_factor`)",
    v6_12: "as many as have been freed in a row (`free_count`), at least a batch",
    since: "6.7",
    patches: [
      { subject: "mm, pcp: reduce detecting time of consecutive high order page freeing", commit: "6ccdcb6d3a74" },
    ],
  },
  {
    rule: "high-order frees in a row",
    v6_1: "return all there is as soon as `free_factor` is not 0",
    v6_12:
      "return up to 2^5 batches if the free before was high-order too (`PCPF_PREV_FREE_HIGH_ORDER`) and a batch was freed in a row; with a cache of some size a batch stays (`PCPF_FREE_HIGH_BATCH`)",
    since: "6.7",
    patches: [
      { subject: "mm, pcp: avoid to drain PCP when process exit", commit: "ca71fe1ad922" },
      { subject: "mm, pcp: reduce lock contention for draining high-order pages" },
    ],
  },
  {
    rule: "a zone below its high watermark",
    v6_1: "does not concern the per-CPU lists",
    v6_12: "is noted at allocation (`ZONE_BELOW_HIGH`): the lists stop growing, and frees shorten them",
    since: "6.7",
    patches: [{ subject: "mm, pcp: decrease PCP high if free pages < high watermark", commit: "57c0419c5f0e" }],
  },
  {
    rule: "compaction of a pageblock in which a page could not be moved",
    v6_1: "goes on; an asynchronous direct one behind the block of the order wanted",
    v6_12: "scans the pageblock to its end, unless all is waited for",
    since: "6.12 or before",
    patches: [],
  },
  {
    rule: "min watermark of ZONE_MOVABLE",
    v6_1: "its share of min_free_kbytes",
    v6_12: "1/1024 of the zone, 32 to 128 pages; the zone does not count for the others' shares",
    since: "6.12 or before",
    patches: [],
  },
  {
    rule: "several folios freed at once",
    v6_1: "order-0 pages, the lock dropped every 32",
    v6_12: "folios of any order, the lock kept while the zone stays the same",
    since: "6.12 or before",
    patches: [{ subject: "mm: add free_unref_folios()" }],
  },
];

/** The table of docs/version-profiles.md. */
export function versionTable(): string {
  const rows = VERSION_DIFFERENCES.map(({ rule, v6_1, v6_12, since, patches }) => {
    const made = patches.map(({ subject, commit }) => (commit === undefined ? subject : `${subject} (${commit})`));
    return `| ${rule} | ${v6_1} | ${v6_12} | ${since} | ${made.length === 0 ? "not identified" : made.join("; ")} |`;
  });
  return ["| rule | 6.1 | 6.12 | new since | made by |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}
