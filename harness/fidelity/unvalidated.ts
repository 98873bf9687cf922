/** Paths of the allocator that no shared recording takes, or takes without a trace event that would show it. */
export const UNVALIDATED: readonly { readonly path: string; readonly why: string }[] = [
  {
    path: "`ALLOC_NOFRAGMENT` and the second pass without it",
    why: "needs a zone below `Normal` beside it; these machines have none",
  },
  { path: "zonelists over two nodes, `__GFP_THISNODE`", why: "the machines have one node" },
  { path: "`Normal` and `Movable` zones, `lowmem_reserve` between them", why: "less than 4 GiB, no `movablecore`" },
  {
    path: "HIGHATOMIC reserve and unreserve",
    why: "no snapshot of a recorded kernel shows such a pageblock; the model sets some aside in pageio, where its memory runs lower",
  },
  { path: "CMA lists", why: "the recorded kernels have no CMA" },
  {
    path: "`alloc_pages_bulk`",
    why: "has no trace event: its allocations are inferred and replayed as single pages, so they validate nothing",
  },
  { path: "`alloc_contig_range`, isolation, hot-add and hot-remove, memory failure", why: "not in any workload" },
  { path: "free page reporting", why: "not in any workload" },
  {
    path: "allocations and frees in hard interrupts, and with interrupts off",
    why: "none in a hard interrupt; with interrupts off 240 of 0.77 million",
  },
  { path: "early boot, `gfp_allowed_mask`", why: "the recordings begin long after boot" },
  { path: "the OOM killer", why: "never asked in these workloads" },
  {
    path: "compaction's choice of frames; direct compaction",
    why: "its trace events do not name frames; in these replays only kcompactd of the model compacts (pageio, closed-loop)",
  },
];
