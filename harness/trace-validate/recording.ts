import type { KernelVersion } from "../../model/gfp.ts";
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
      if (event.kind === EVENT.mark) return sink.mark(text.detail());
      if (event.kind !== EVENT.other) {
        const kept = buddyEvent(event, () => text.detail());
        if (kept) sink.event(kept);
        return;
      }
      const detail = text.detail();
      const kept = compactionEvent(event, detail, () => scanners.isFreeScanner(detail));
      if (kept) sink.event(kept);
    },
  });
}
