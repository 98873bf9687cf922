import type { KernelVersion } from "../../model/gfp.ts";
import { ascii, BYTE, skipBlanks, spanIs } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import { blankEvent, clearEvent, EVENT } from "./event.ts";
import { kindOfName, readPageFields, readTlbFlush } from "./fields.ts";
import { GfpDecoder } from "./gfp-decoder.ts";
import { blankHeader, readHeaderLine, readReportNote } from "./header.ts";
import type { Layout } from "./layout.ts";
import { clockOfLine, isStackLine, LAYOUTS, readPrefix } from "./layout.ts";
import { LineSplitter } from "./line-splitter.ts";
import { LOSS, lossOfMark, lossOfPerfRecord } from "./loss-mark.ts";
import { kernelVersionOf } from "./meta.ts";
import { notATrace } from "./not-a-trace.ts";
import type { LineSpans } from "./prefix-parts.ts";
import { strangerText } from "./stranger-text.ts";
import type { TraceFormat, TraceSummary } from "./summary.ts";
import { blankSummary, countKind, countOther, countUnparsed } from "./summary.ts";

/** The texts of the current event, decoded when asked for, safe to print. Valid during the callback only. */
export interface EventText {
  /** The task's name; empty when the line does not tell. */
  comm(): string;
  /** What stands behind the event's name: for `mark` the marker's text. */
  detail(): string;
}

export type OnEvent = (event: Readonly<TraceEvent>, text: EventText) => void;

export interface ParseOptions {
  /** Whose values the names in `gfp_flags=` have; see `kernelVersionOf` in meta.ts. */
  readonly kernel: KernelVersion;
  /** Nobody told `kernel`: a header that names a kernel we have a table of decides instead. Off by default. */
  readonly kernelAssumed?: boolean;
  /** For messages. */
  readonly file: string;
  readonly onEvent: OnEvent;
}

/** This many lines without one event in them, and the file is refused. */
const LINES_UNTIL_AN_EVENT_MAX = 200;
const HEADER_CHARACTERS_MAX = 256;

/** The first byte of `CPU:1 [LOST 146 EVENTS]`. */
const UPPER_C = 67;
const KERNEL_STACK = ascii("kernel_stack");
const USER_STACK = ascii("user_stack");

/**
 * Reads the text of tracefs' `trace` or `trace_pipe`, of `trace-cmd report` or of `perf script`, fed as bytes in chunks of
 * any size.
 *
 * Every quirk of the formats that kernels 6.1 and 6.12 can be made to print is read, and what older ones print; lines that
 * are none of it are counted, with examples, and never guessed at. The first line that is one of the events we know, in
 * one of three layouts, decides the layout of all lines. The outcome does not depend on where chunks end.
 *
 * - **Cost**: about 0.65 µs a line; memory independent of the file's length.
 * - **Errors**: `TRACE-LINE-TOO-LONG`, `TRACE-BINARY`, `TRACE-NO-EVENTS` (after 200 lines without an event, or at the
 *   end), `FILE-EMPTY`. Events may have been delivered before; a caller prints when `finish` has returned.
 * - **Source**: `trace_print_context()` and `print_trace_fmt()` in kernel/trace; include/trace/events/kmem.h;
 *   `print_sample_start()` in tools/perf; `tep_print_event()` in libtraceevent.
 */
export class TraceParser implements EventText {
  private readonly event = blankEvent();
  private readonly spans: LineSpans = { commStart: 0, commEnd: 0, nameStart: 0, nameEnd: 0 };
  private readonly header = blankHeader();
  private readonly gfp: GfpDecoder;
  private readonly summary: TraceSummary;
  private readonly splitter: LineSplitter;
  private readonly options: ParseOptions;
  private bytes: Uint8Array = new Uint8Array(0);
  private lineEnd = 0;
  /** Undefined until an event has shown it. */
  private layout: Layout | undefined;
  /** The one in which a line before that could be read. */
  private possible: Layout | undefined;

  constructor(options: ParseOptions) {
    this.options = options;
    this.gfp = new GfpDecoder(options.kernel);
    this.summary = blankSummary(options.kernel, this.header, this.gfp.unknownNames);
    this.splitter = new LineSplitter(options.file, (bytes, start, end, line) => this.readLine(bytes, start, end, line));
  }

  push(chunk: Uint8Array): void {
    this.splitter.push(chunk);
  }

  finish(): TraceSummary {
    const summary = this.summary;
    summary.unterminated = this.splitter.finish();
    summary.lines = this.splitter.lineCount;
    if (summary.events === 0) throw notATrace(this.options.file, summary);
    summary.format = this.format();
    if (this.header.entriesWritten > this.header.entriesInBuffer) {
      summary.lostByHeader = this.header.entriesWritten - this.header.entriesInBuffer;
    }
    return summary;
  }

  comm(): string {
    const { commStart, commEnd } = this.spans;
    return strangerText(this.bytes, skipBlanks(this.bytes, commStart, commEnd), commEnd);
  }

  detail(): string {
    return strangerText(this.bytes, skipBlanks(this.bytes, this.spans.nameEnd + 1, this.lineEnd), this.lineEnd);
  }

  private readLine(bytes: Uint8Array, start: number, end: number, line: number): void {
    if (start === end) return;
    this.bytes = bytes;
    this.lineEnd = end;
    const first = bytes[start];
    const event = this.event;
    clearEvent(event);
    event.line = line;
    if (first === BYTE.hash && !this.isTaskNamedWithHash(start, line)) {
      readHeaderLine(this.header, strangerText(bytes, start, Math.min(end, start + HEADER_CHARACTERS_MAX)));
      this.heedHeader();
      return;
    }
    if (first === UPPER_C && this.takeLoss(lossOfMark(bytes, start, end))) return;
    if (!(this.layout === undefined ? this.findLayout(start, line) : this.readAs(this.layout, start)))
      this.refuse(start, line);
    else if (this.spans.nameEnd > this.spans.nameStart) this.deliver(event);
    else this.takeNameless();
  }

  private heedHeader(): void {
    if (this.header.latencyFormat) this.layout = "narrow";
    const told = this.options.kernelAssumed === true ? kernelVersionOf(this.header.kernelRelease ?? "") : undefined;
    if (told === undefined) return;
    this.summary.kernel = told;
    this.gfp.use(told);
  }

  /** Where names are not padded, a task called `#x` begins a line like a comment. */
  private isTaskNamedWithHash(start: number, line: number): boolean {
    if (this.layout === "wide") return false;
    return this.layout === undefined ? this.findLayout(start, line) : this.readAs(this.layout, start);
  }

  private readAs(layout: Layout, start: number): boolean {
    const { bytes, lineEnd, header, event, spans } = this;
    return (
      readPrefix(layout, bytes, start, lineEnd, header.flags, event, spans) &&
      (spans.nameEnd === spans.nameStart || this.readFields(event))
    );
  }

  /** Reads a line of a file whose layout is not known yet; an event of a name that we do not know decides nothing. */
  private findLayout(start: number, line: number): boolean {
    const { event, spans } = this;
    this.possible = undefined;
    for (const layout of LAYOUTS) {
      clearEvent(event);
      event.line = line;
      if (!this.readAs(layout, start)) continue;
      const sideRecord = layout === "perf" && spans.nameEnd === spans.nameStart;
      if (sideRecord || event.kind !== EVENT.other) {
        this.layout = layout;
        return true;
      }
      this.possible ??= layout;
    }
    clearEvent(event);
    event.line = line;
    return this.possible !== undefined && this.readAs(this.possible, start);
  }

  /** A line with a context but no event: a stack follows, or perf tells something. */
  private takeNameless(): void {
    if (this.layout !== "perf") {
      this.summary.stackLines++;
      return;
    }
    this.takeLoss(lossOfPerfRecord(this.bytes, this.spans.nameStart, this.lineEnd));
  }

  /** Counts what a line told of losses; answers whether it told any. */
  private takeLoss(loss: number): boolean {
    if (loss === LOSS.none) return false;
    if (loss === LOSS.uncounted) this.summary.lostUncounted++;
    else this.summary.lostByMarks += loss;
    return true;
  }

  private readFields(event: TraceEvent): boolean {
    const { nameStart, nameEnd } = this.spans;
    event.kind = kindOfName(this.bytes, nameStart, nameEnd);
    switch (event.kind) {
      case EVENT.mark:
        return true;
      case EVENT.other:
        // A line that is only a word and a colon may be anything; with a context it is an event of the kernel.
        return event.contextKnown === 1;
      case EVENT.tlbFlush:
        readTlbFlush(this.bytes, nameEnd + 1, this.lineEnd, event);
        return true;
      default:
        return readPageFields(this.bytes, nameEnd + 1, this.lineEnd, event, this.gfp);
    }
  }

  private deliver(event: TraceEvent): void {
    const summary = this.summary;
    if (event.kind === EVENT.other && this.isStackEvent()) {
      summary.stackLines++;
      return;
    }
    summary.events++;
    countKind(summary, event.kind);
    if (event.kind === EVENT.other) {
      countOther(summary, strangerText(this.bytes, this.spans.nameStart, this.spans.nameEnd));
    }
    if (event.kind === EVENT.alloc) {
      summary.failedAllocs += event.failed;
      summary.allocsWithoutGfp += 1 - event.gfpKnown;
    }
    if (event.contextKnown === 1) this.noteContext(event);
    if (event.pfn >= 0) {
      const blockEnd = event.pfn + (1 << event.order);
      if (blockEnd > summary.pfnEnd) summary.pfnEnd = blockEnd;
    }
    this.options.onEvent(event, this);
  }

  private noteContext(event: TraceEvent): void {
    const summary = this.summary;
    if (event.cpu >= summary.cpusSeen) summary.cpusSeen = event.cpu + 1;
    if (summary.clock === "none") {
      summary.clock = clockOfLine(this.layout ?? this.possible, this.bytes, this.spans.nameStart);
      summary.firstMicros = event.micros;
    } else if (event.micros < summary.lastMicros) {
      if (summary.backwardTimestamps === 0) summary.firstBackwardLine = event.line;
      summary.backwardTimestamps++;
    }
    summary.lastMicros = event.micros;
  }

  /** trace-cmd prints a stack as an event of its own, whose functions follow line by line. */
  private isStackEvent(): boolean {
    const { nameStart, nameEnd } = this.spans;
    return spanIs(this.bytes, nameStart, nameEnd, KERNEL_STACK) || spanIs(this.bytes, nameStart, nameEnd, USER_STACK);
  }

  private format(): TraceFormat {
    if (this.layout === "perf") return "perf";
    const toldNarrow = this.layout === "narrow" && !this.header.latencyFormat;
    return this.header.traceCmd || toldNarrow ? "trace-cmd" : "tracefs";
  }

  private refuse(start: number, line: number): void {
    const { summary, bytes, lineEnd } = this;
    if (isStackLine(bytes, start, lineEnd)) {
      summary.stackLines++;
      return;
    }
    if (readReportNote(this.header, bytes, start, lineEnd)) return;
    countUnparsed(summary, line, () => strangerText(bytes, start, Math.min(lineEnd, start + 480)));
    if (summary.events > 0) return;
    const binary = bytes.subarray(start, lineEnd).includes(0);
    if (binary || summary.unparsed >= LINES_UNTIL_AN_EVENT_MAX) {
      summary.lines = line;
      throw notATrace(this.options.file, summary, binary);
    }
  }
}

/** Feeds a whole source through a parser. */
export async function parseTrace(source: AsyncIterable<Uint8Array>, options: ParseOptions): Promise<TraceSummary> {
  const parser = new TraceParser(options);
  for await (const chunk of source) parser.push(chunk);
  return parser.finish();
}
