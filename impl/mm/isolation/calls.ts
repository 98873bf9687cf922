import type { Hooks } from "../../../model/design.ts";
import type { Program } from "../../../model/program.ts";
import { allocContigRange, freeContigRange } from "./alloc-contig.ts";
import { cmaAlloc } from "./cma.ts";
import { isolationFor } from "./isolation.ts";
import { memoryFailure, softOffline, unpoison } from "./memory-failure.ts";
import { offlinePages, onlinePages } from "./memory-hotplug.ts";
import { migrateRange } from "./migrate-range.ts";
import { reportFreePages } from "./page-reporting.ts";

/** What the whole allocator is asked beside allocating and freeing: ranges of memory, memory that comes, goes or breaks. */
export interface ContigCalls {
  readonly programs: readonly Program[];
  /** Entry points by the kernel's name. Ranges: local 2 the link behind the last page, local 3 that of the first. */
  readonly calls: Readonly<Record<string, Program>>;
}

/** Built per design, since all of it frees and allocates through the design's hooks. */
export function contigCalls(hooks: Hooks, alloc: Program, free: Program): ContigCalls {
  const migrate = migrateRange(alloc, free);
  const [isolation, cmaIsolation, offlining] = [
    isolationFor("contig", migrate),
    isolationFor("cma", migrate, "cma_"),
    isolationFor("offline", migrate, "offline_"),
  ] as const;
  const contig = allocContigRange("alloc_contig_range", hooks, { why: "contig", isolation, migrate, free });
  const cmaContig = allocContigRange("cma_alloc_contig_range", hooks, {
    why: "cma",
    isolation: cmaIsolation,
    migrate,
    free,
  });
  const calls = {
    alloc_contig_range: contig,
    free_contig_range: freeContigRange("free_contig_range", free),
    cma_alloc: cmaAlloc(cmaContig),
    cma_release: freeContigRange("cma_release", free),
    isolate_pageblock: isolation.start,
    unisolate_pageblock: isolation.undo,
    offline_pages: offlinePages(offlining, migrate),
    online_pages: onlinePages(offlining),
    memory_failure: memoryFailure(free),
    soft_offline: softOffline(migrate),
    unpoison,
    report_free_pages: reportFreePages,
  };
  const inner = [migrate, cmaContig, cmaIsolation, offlining].flatMap((part) =>
    "start" in part ? [part.start, part.undo] : [part],
  );
  return { programs: [...Object.values(calls), ...inner], calls };
}
