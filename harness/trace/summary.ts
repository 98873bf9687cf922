import type { KernelVersion } from "../../model/gfp.ts";
import type { EventKind } from "./event.ts";
import { EVENT_NAMES } from "./event.ts";
import type { UnknownGfpName } from "./gfp-decoder.ts";
import type { TraceHeader } from "./header.ts";

/** Examples of unparsed lines kept for the report. */
const EXAMPLES_MAX = 5;
const EXAMPLE_CHARACTERS_MAX = 120;
/** Names of events we do not decode that are counted one by one; the rest goes under `(more)`. */
const OTHER_NAMES_MAX = 64;

export interface UnparsedLine {
  readonly line: number;
  /** The beginning of the line, safe to print. */
  readonly text: string;
}

/** Who printed the text. Without its first lines trace-cmd's wide form is the kernel's own, and called `tracefs`. */
export type TraceFormat = "tracefs" | "trace-cmd" | "perf";

/** What a whole file held, beside its events. */
export interface TraceSummary {
  format: TraceFormat;
  /** Whose flag values the events have. */
  kernel: KernelVersion;
  lines: number;
  events: number;
  /** Indexed by event kind. */
  readonly eventsByKind: number[];
  /** Events not decoded, by name. */
  readonly otherNames: Map<string, number>;
  failedAllocs: number;
  /** `alloc` events without a flag word, as 6.1 prints them with `hash-ptr=0`. */
  allocsWithoutGfp: number;
  /** Lines of stack traces and call graphs, skipped. */
  stackLines: number;
  unparsed: number;
  readonly unparsedExamples: UnparsedLine[];
  /** Events lost before the file was written (its header), and losses announced between lines (`LOST`, `DROPPED`, PERF_RECORD_LOST). */
  lostByHeader: number;
  lostByMarks: number;
  /** Announcements of losses that did not tell how many. */
  lostUncounted: number;
  /** Lines whose time is before that of the line above; normal with the `local` clock only. */
  backwardTimestamps: number;
  firstBackwardLine: number;
  /** `ticks`: the clock printed integers of unknown length; `relative`: microseconds since the first event. */
  clock: "seconds" | "ticks" | "relative" | "none";
  firstMicros: number;
  lastMicros: number;
  /** CPUs: the largest number seen plus one. */
  cpusSeen: number;
  /** One more than the last page of any block named; 0 if none was. */
  pfnEnd: number;
  /** The last line had no newline: the file may have been cut. */
  unterminated: boolean;
  readonly unknownGfpNames: readonly UnknownGfpName[];
  readonly header: TraceHeader;
}

export function blankSummary(
  kernel: KernelVersion,
  header: TraceHeader,
  unknownGfpNames: readonly UnknownGfpName[],
): TraceSummary {
  return {
    format: "tracefs",
    kernel,
    lines: 0,
    events: 0,
    eventsByKind: EVENT_NAMES.map(() => 0),
    otherNames: new Map(),
    failedAllocs: 0,
    allocsWithoutGfp: 0,
    stackLines: 0,
    unparsed: 0,
    unparsedExamples: [],
    lostByHeader: 0,
    lostByMarks: 0,
    lostUncounted: 0,
    backwardTimestamps: 0,
    firstBackwardLine: 0,
    clock: "none",
    firstMicros: -1,
    lastMicros: -1,
    cpusSeen: 0,
    pfnEnd: 0,
    unterminated: false,
    unknownGfpNames,
    header,
  };
}

export function countKind(summary: TraceSummary, kind: EventKind): void {
  summary.eventsByKind[kind] = (summary.eventsByKind[kind] ?? 0) + 1;
}

export function countOther(summary: TraceSummary, name: string): void {
  const key = summary.otherNames.has(name) || summary.otherNames.size < OTHER_NAMES_MAX ? name : "(more)";
  summary.otherNames.set(key, (summary.otherNames.get(key) ?? 0) + 1);
}

export function countUnparsed(summary: TraceSummary, line: number, text: () => string): void {
  summary.unparsed++;
  if (summary.unparsedExamples.length < EXAMPLES_MAX) {
    summary.unparsedExamples.push({ line, text: text().slice(0, EXAMPLE_CHARACTERS_MAX) });
  }
}

/** Everything known to be lost; a lower bound where `lostUncounted` is not 0. */
export function lostEvents(summary: TraceSummary): number {
  return summary.lostByHeader + summary.lostByMarks;
}
