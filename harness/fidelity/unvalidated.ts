/** Paths of the allocator that no shared recording takes, or takes without a trace event that would show it. */
export const UNVALIDATED: readonly { readonly path: string; readonly why: string }[] = [
  {
    path: "`ALLOC_NOFRAGMENT` and the second pass without it",
    why: "needs a zone below `Normal` beside it; these machines have none",
  },
  { path: "zonelists over two nodes, `__GFP_THISNODE`", why: "the machines have one node" },
  { path: "`Normal` and `Movable` zones, `lowmem_reserve` between them", why: "less than 4 GiB, no `movablecore`" },
  { path: "HIGHATOMIC reserve and unreserve", why: "no recorded atomic request of a high order fails its watermark" },
  { path: "CMA lists", why: "the recorded kernels have no CMA" },
  {
    path: "`alloc_pages_bulk`",
    why: "has no trace event: its allocations are inferred and replayed as single pages, so they validate nothing",
  },
  { path: "`alloc_contig_range`, isolation, hot-add and hot-remove, memory failure", why: "not in any workload" },
  { path: "free page reporting", why: "no balloon device" },
  { path: "allocations and frees in hard interrupts, and with interrupts off", why: "fewer than 100 in 1.4 million" },
  { path: "early boot, `gfp_allowed_mask`", why: "the recordings begin long after boot" },
  { path: "the OOM killer", why: "never asked in these workloads" },
  { path: "compaction's choice of frames", why: "its trace events do not name them" },
];
