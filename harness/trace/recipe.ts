/**
 * What `asilab trace record` prints: how to record the machine at hand so that the replay starts from its true state.
 *
 * Needs root and tracefs, nothing else. The three parts are taken from `RECORD_SCRIPT`, `FREE_MAP_SCRIPT` and
 * `META_SCRIPT`, which a test runs where it can.
 */
export function recordRecipe(): string {
  return `Recording a trace for asilab
============================

A recording is three things with one name, here NAME:
  NAME.trace.gz                    the events: needed
  NAME.meta.json                   the machine's zones, CPUs and kernel: without it they are inferred
  NAME.before/freeblocks.txt.gz    which blocks were free when it began: without it they are inferred

1. Record (as root, on x86-64)

${indent(RECORD_SCRIPT)}
   What is switched on, and why:
     mm_page_alloc, mm_page_free        every allocation and free with its CPU and context: the workload itself
     mm_page_alloc_zone_locked,
     mm_page_pcpu_drain                 blocks that really leave and re-enter the buddy lists, for checking the replay
     mm_page_alloc_extfrag              one migratetype stealing from another
     tlb_flush                          the TLB flushes the kernel does anyway, to compare with those a design adds
   mm_page_free_batched stays off: it repeats pages that mm_page_free has named.
   The clock must be "mono": the default one runs separately on every CPU and may order an allocation before the free
   that made it possible. The buffer keeps the oldest events when full, so a loss is a clean end rather than a hole.

2. Attach the free map

${indent(FREE_MAP_SCRIPT)}
   /proc/kpageflags tells of every page whether the buddy allocator holds it; runs of such pages, cut into the largest
   aligned blocks, are its free lists. It was saved inside the recording, right after tracing had begun.

3. Attach the machine

${indent(META_SCRIPT)}
4. Look, then replay

     asilab trace stat NAME.trace.gz
     asilab trace replay NAME.trace.gz --design async-free

   "lost" and "unparsed" must be 0. If events were lost, raise buffer_size_kb (per CPU; an event takes about 40 bytes).
   If the kernel was started with lockdown=confidentiality, tracefs cannot be read.
   A recording of trace-cmd or perf (of all CPUs, with the monotonic clock) is read as well, as the text that
   \`trace-cmd report\` or \`perf script --ns --show-lost-events\` makes of it; plain, .gz or .zst.
   Not in any trace: pages from alloc_pages_bulk (vmalloc, kernel stacks, page_pool). They show up as frees of pages
   whose allocation nobody saw; \`trace stat\` counts them.
`;
}

export const RECORD_SCRIPT = `T=/sys/kernel/tracing; [ -d $T/events ] || mount -t tracefs tracefs $T
mkdir -p NAME.before
echo 0 > $T/tracing_on; echo nop > $T/current_tracer; echo > $T/set_event; echo > $T/trace
echo mono  > $T/trace_clock
echo 65536 > $T/saved_cmdlines_size
echo 0     > $T/options/overwrite
echo 65536 > $T/buffer_size_kb
for e in mm_page_alloc mm_page_free mm_page_alloc_zone_locked mm_page_pcpu_drain mm_page_alloc_extfrag
do echo 1 > $T/events/kmem/$e/enable; done
echo 1 > $T/events/tlb/tlb_flush/enable
cat /proc/zoneinfo > NAME.before/zoneinfo
echo 1 > $T/tracing_on
cat /proc/kpageflags > NAME.before/kpageflags
sleep 30        # or the workload
echo 0 > $T/tracing_on
gzip -c < $T/trace > NAME.trace.gz
echo > $T/set_event; echo 1 > $T/options/overwrite; echo 1408 > $T/buffer_size_kb
`;

export const FREE_MAP_SCRIPT = `od -An -v -t u8 -w8 NAME.before/kpageflags | awk '
  function blocks(from, to,   order) {
    while (from < to) {
      order = 10
      while (order > 0 && (from % 2 ^ order || from + 2 ^ order > to)) order--
      printf "%x %d\\n", from, order
      from += 2 ^ order
    }
  }
  { free = int($1 / 1024) % 2 }
  free && !before { start = NR - 1 }
  !free && before { blocks(start, NR - 1) }
  { before = free }
  END { if (before) blocks(start, NR) }' | gzip > NAME.before/freeblocks.txt.gz
`;

export const META_SCRIPT = `awk -v cpus="$(getconf _NPROCESSORS_CONF)" -v kernel="$(uname -r)" '
  /^Node/ { node = $2 + 0; zone = $4; high = batch = "" }
  $1 == "min" { low[0] = $2 } $1 == "low" { low[1] = $2 } $1 == "high" { low[2] = $2 }
  $1 == "spanned" { spanned = $2 } $1 == "managed" { managed = $2 }
  $1 == "high:" && high == "" { high = $2 } $1 == "batch:" && batch == "" { batch = $2 }
  $1 == "start_pfn:" && managed > 0 {
    list = list (list ? ",\\n" : "") sprintf("  {\\"node\\": %d, \\"zone\\": \\"%s\\", \\"start_pfn\\": %d, \\"spanned\\": %d, \\"managed\\": %d, ", node, zone, $2, spanned, managed)
    list = list sprintf("\\"min\\": %d, \\"low\\": %d, \\"high\\": %d, \\"pcp_high\\": %d, \\"batch\\": %d}", low[0], low[1], low[2], high, batch)
  }
  END { printf "{\\"kernel\\": \\"%s\\", \\"cpus\\": %d, \\"zones\\": [\\n%s\\n]}\\n", kernel, cpus, list }' \\
  NAME.before/zoneinfo > NAME.meta.json
`;

function indent(script: string): string {
  return script.replace(/^(?=.)/gm, "     ");
}
