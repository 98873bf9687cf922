import type { KernelVersion } from "../../model/gfp.ts";
import type { TraceEvent } from "../trace/event.ts";
import { EVENT } from "../trace/event.ts";
import { parseTrace } from "../trace/parser.ts";
import type { TraceSummary } from "../trace/summary.ts";
import { type BuddyEvent, buddyEvent, compactionEvent } from "./buddy-event.ts";
import { CompactionLines } from "./compaction-lines.ts";

/** What of a recording concerns validation: buddy-level events, and the fences around the snapshots. */
export interface RecordingSink {
  event(event: BuddyEvent): void;
  /** A marker's text. */
  mark(text: string): void;
}

/**
 * Reads a recording and hands on what says something of the buddy lists.
 *
 * - **Errors**: those of `parseTrace`.
 */
export async function readRecording(
  open: () => AsyncIterable<Uint8Array>,
  options: { readonly kernel: KernelVersion; readonly file: string },
  sink: RecordingSink,
): Promise<TraceSummary> {
  const scanners = new CompactionLines();
  return parseTrace(scanners.watch(open()), {
    ...options,
    onEvent: (event, text) => {
      if (event.kind === EVENT.mark) sink.mark(text.detail());
      const kept = event.kind === EVENT.other ? scanned(event, text.detail(), scanners) : buddyEvent(event, text);
      if (kept) sink.event(kept);
    },
  });
}

function scanned(event: Readonly<TraceEvent>, detail: string, scanners: CompactionLines): BuddyEvent | undefined {
  return compactionEvent(event, detail, () => scanners.isFreeScanner(detail));
}
