import { InputError } from "../../model/failure.ts";
import { type FreeBlocks, readFreeBlocks } from "../trace/free-blocks.ts";
import { readTraceMeta, type TraceMeta } from "../trace/meta.ts";
import { lostEvents, type TraceSummary } from "../trace/summary.ts";
import type { TraceSource } from "../trace-replay/trace-source.ts";
import { pageblockTypes } from "./pageblock-types.ts";
import { readRecording } from "./recording.ts";
import type { TraceValidation, UnnamedMovement } from "./result.ts";
import { UNNAMED_CAUSES, type UnnamedCause, type UnnamedCounts } from "./unnamed.ts";
import { Validation } from "./validation.ts";

/** A recording with the free map that was read after it, where there is one. */
export interface ValidationSource extends TraceSource {
  /** Text of /proc/pagetypeinfo, read after the recording. */
  readonly pagetypeinfoAfter?: string;
  readonly freeBlocksAfter?: { readonly file: string; readonly open: () => AsyncIterable<Uint8Array> };
}

const HOW = "`asilab trace record` tells how to record a trace with what belongs beside it.";

/**
 * Judges what the recorded kernel did to its buddy lists: each event, in the kernel's own version, from the exact free map
 * of the recording's first moment on.
 *
 * An event is legal iff some labelling of free blocks and pageblocks that agrees with everything seen before allows it.
 *
 * - **Cost**: 9 bytes a page of the zones; independent of the trace's length.
 * - **Errors**: those of the parser, the meta file and the free maps; `TRACE-NO-META`, `TRACE-NO-FREE-MAP` where they are
 *   missing, `TRACE-CUT` for a file without its end, `TRACE-MEMORY`.
 * - **May miss**: what a licence covers. A `pcpu_drain` that is missing cannot be told from a free that found its pcplist
 *   locked, and while 6.1 compacts a missing `zone_locked` not from the fast search; both are counted as unnamed.
 * - **Leaves out**: the order of blocks within a list (which of several equal blocks is taken); watermarks; page isolation
 *   and offlining, which these kernels did not do.
 * - **Source**: mm/page_alloc.c and mm/compaction.c of 6.1 and 6.12.
 */
export async function validateTrace(source: ValidationSource): Promise<TraceValidation> {
  const { file, sideFiles } = source;
  if (sideFiles.meta === undefined) {
    throw new InputError("TRACE-NO-META", `${file}: no meta file beside it, and zones cannot be guessed exactly.`, HOW);
  }
  const meta = readTraceMeta(sideFiles.meta.text, sideFiles.meta.file);
  if (sideFiles.freeBlocks === undefined || meta.startState === "inferred") {
    throw new InputError("TRACE-NO-FREE-MAP", `${file}: no free map of its first moment: nothing to follow from.`, HOW);
  }
  const before = await readBlocks(sideFiles.freeBlocks, meta);
  const after = source.freeBlocksAfter && (await readBlocks(source.freeBlocksAfter, meta));
  const validation = new Validation(meta, before, after);
  const summary = await readRecording(source.open, { kernel: meta.kernel, file }, validation);
  if (summary.unterminated) {
    throw new InputError("TRACE-CUT", `${file}:${summary.lines}: the last line has no end: the file was cut off.`, HOW);
  }
  validation.finish();
  const types = source.pagetypeinfoAfter;
  const compared = types === undefined ? [] : pageblockTypes(validation.shadow.free, types);
  return { ...resultOf(file, meta, validation, summary), pageblockTypes: compared };
}

function readBlocks(
  from: { file: string; open: () => AsyncIterable<Uint8Array> },
  meta: TraceMeta,
): Promise<FreeBlocks> {
  return readFreeBlocks(from.open(), from.file, meta.zones);
}

function resultOf(
  file: string,
  meta: TraceMeta,
  run: Validation,
  summary: TraceSummary,
): Omit<TraceValidation, "pageblockTypes"> {
  const { counts, judged } = run.validator;
  const { illegal, legalPrefix, ...eventsByKind } = counts;
  // A page named in use though it is free is an illegal event of a kind that is not counted otherwise.
  const uncounted = run.illegalByReason["free-page-in-use"] ?? 0;
  const events = judged + uncounted;
  const unnamedByCause = unnamedOf(run.shadow.unnamed);
  return {
    file,
    kernel: meta.kernel,
    kernelRelease: meta.kernelRelease,
    workload: meta.workload,
    lines: summary.lines,
    events,
    legal: events - illegal,
    illegal,
    legalFraction: events === 0 ? 0 : (events - illegal) / events,
    unnamed: unnamedByCause.reduce((sum, { blocks }) => sum + blocks, 0),
    unnamedByCause,
    eventsByKind,
    longestLegalPrefix: legalPrefix,
    firstIllegalLine: run.illegalEvents[0]?.line ?? 0,
    illegalByReason: run.illegalByReason,
    illegalEvents: run.illegalEvents,
    beforeFreeMap: run.beforeFreeMap,
    freeMapLine: run.freeMapLine,
    labels: { atStart: run.labelsAtStart, determined: run.shadow.free.determined },
    lost: lostEvents(summary),
    compactionRan: counts.isolations > 0,
    ...(run.end === undefined ? {} : { end: run.end }),
  };
}

function unnamedOf(counts: UnnamedCounts): UnnamedMovement[] {
  return (Object.keys(UNNAMED_CAUSES) as UnnamedCause[])
    .filter((cause) => counts[cause].blocks > 0)
    .map((cause) => ({ cause, because: UNNAMED_CAUSES[cause], ...counts[cause] }));
}
