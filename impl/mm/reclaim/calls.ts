import type { ColumnGroup } from "../../../model/column.ts";
import type { Worker } from "../../../model/design.ts";
import type { Program } from "../../../model/program.ts";
import type { SlowPath } from "../alloc-pages.ts";
import { ccColumns, compactColumns } from "../compaction/columns.ts";
import { compactZone } from "../compaction/compact-zone.ts";
import { compactMemory, tryToCompactPages } from "../compaction/direct.ts";
import { kcompactdProgram, kcompactdWorker } from "../compaction/kcompactd.ts";
import { slowPath } from "../slowpath/slowpath.ts";
import { unreserveHighatomicPageblock } from "../slowpath/unreserve-highatomic.ts";
import { pgdatColumns, scColumns } from "./columns.ts";
import { tryToFreePages } from "./direct.ts";
import { kswapdProgram, kswapdWorker } from "./kswapd.ts";
import { LRU_CALLS } from "./lru-calls.ts";
import { lruColumns } from "./lru-columns.ts";
import { shrinkNode } from "./shrink-node.ts";
import { writebackWorker } from "./writeback.ts";

/** Reclaim and compaction of the whole allocator: what the slow path calls, the kernel threads, and calls of their own. */
export interface ReclaimParts {
  readonly groups: readonly ColumnGroup[];
  readonly slowPath: SlowPath;
  readonly workers: readonly Worker[];
  readonly programs: readonly Program[];
  /** Entry points by the kernel's name. Of a page: local 3 its link. */
  readonly calls: Readonly<Record<string, Program>>;
}

/** Built per design, since all of it frees through the design's hook. */
export function reclaimParts(free: Program): ReclaimParts {
  const shrink = shrinkNode(free);
  const compact = compactZone(free);
  const direct = { tryToFreePages: tryToFreePages(shrink), tryToCompactPages: tryToCompactPages(compact) };
  const workers = [kswapdWorker(kswapdProgram(shrink)), kcompactdWorker(kcompactdProgram(compact)), writebackWorker];
  const memory = compactMemory(compact);
  const calls = [...LRU_CALLS, memory];
  return {
    groups: [lruColumns, scColumns, pgdatColumns, compactColumns, ccColumns],
    slowPath: slowPath(direct),
    workers,
    programs: [
      ...calls,
      shrink,
      compact,
      direct.tryToFreePages,
      direct.tryToCompactPages,
      unreserveHighatomicPageblock,
      ...workers.map((worker) => worker.program),
    ],
    calls: Object.fromEntries(calls.map((program) => [program.name, program])),
  };
}
