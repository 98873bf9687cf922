import type { KernelVersion } from "../../model/gfp.ts";
import { ascii, BYTE, decimal, isDigit, skipBlanks, skipDigits, spanIs } from "./bytes.ts";
import type { TraceEvent } from "./event.ts";
import { blankEvent, clearEvent, EVENT } from "./event.ts";
import { kindOfName, readPageFields, readTlbFlush } from "./fields.ts";
import { GfpDecoder } from "./gfp-decoder.ts";
import { blankHeader, readHeaderLine } from "./header.ts";
import type { LineSpans } from "./line-prefix.ts";
import { readLinePrefix } from "./line-prefix.ts";
import { LineSplitter } from "./line-splitter.ts";
import { notATrace } from "./not-a-trace.ts";
import { strangerText } from "./stranger-text.ts";
import type { TraceSummary } from "./summary.ts";
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
  /** For messages. */
  readonly file: string;
  readonly onEvent: OnEvent;
}

/** This many lines without one event in them, and the file is refused. */
const LINES_UNTIL_AN_EVENT_MAX = 200;
const HEADER_CHARACTERS_MAX = 256;

const CPU_MARK = ascii("CPU:");

/**
 * Reads the text of tracefs' `trace` or `trace_pipe`, fed as bytes in chunks of any size.
 *
 * Every quirk of the format that kernels 6.1 and 6.12 can be made to print is read, and what older ones print; lines that
 * are none of it are counted, with examples, and never guessed at. The outcome does not depend on where chunks end.
 *
 * - **Cost**: about 0.65 µs a line; memory independent of the file's length.
 * - **Errors**: `TRACE-LINE-TOO-LONG`, `TRACE-BINARY`, `TRACE-NO-EVENTS` (after 200 lines without an event, or at the
 *   end), `FILE-EMPTY`. Events may have been delivered before; a caller prints when `finish` has returned.
 * - **Source**: `trace_print_context()` and `print_trace_fmt()` in kernel/trace; include/trace/events/kmem.h.
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

  constructor(options: ParseOptions) {
    this.options = options;
    this.gfp = new GfpDecoder(options.kernel);
    this.summary = blankSummary(this.header, this.gfp.unknownNames);
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
    if (first === BYTE.hash) {
      readHeaderLine(this.header, strangerText(bytes, start, Math.min(end, start + HEADER_CHARACTERS_MAX)));
      return;
    }
    const event = this.event;
    clearEvent(event);
    event.line = line;
    if (first === 67 && this.readLossMark(start)) return;
    if (isStackLine(bytes, start, end)) this.summary.stackLines++;
    else if (!readLinePrefix(bytes, start, end, this.header, event, this.spans)) this.refuse(start, line);
    else if (this.spans.nameEnd === this.spans.nameStart) this.summary.stackLines++;
    else if (this.readFields(event)) this.deliver(event);
    else this.refuse(start, line);
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
      summary.clock = this.clockOfLine();
      summary.firstMicros = event.micros;
    } else if (event.micros < summary.lastMicros) {
      if (summary.backwardTimestamps === 0) summary.firstBackwardLine = event.line;
      summary.backwardTimestamps++;
    }
    summary.lastMicros = event.micros;
  }

  /** A clock that counts seconds prints a dot six or nine digits before its colon. */
  private clockOfLine(): "seconds" | "ticks" | "relative" {
    if (this.header.latencyFormat) return "relative";
    let at = this.spans.nameStart - 1;
    while (this.bytes[at] !== BYTE.colon) at--;
    return this.bytes[at - 7] === BYTE.dot || this.bytes[at - 10] === BYTE.dot ? "seconds" : "ticks";
  }

  /** `CPU:1 [LOST 146 EVENTS]`, `CPU:1 [LOST EVENTS]`; tools write `[146 EVENTS DROPPED]`. */
  private readLossMark(start: number): boolean {
    const { bytes, lineEnd } = this;
    if (!spanIs(bytes, start, start + 4, CPU_MARK)) return false;
    const cpuEnd = skipDigits(bytes, start + 4, lineEnd);
    const bracket = skipBlanks(bytes, cpuEnd, lineEnd);
    if (bytes[bracket] !== BYTE.openBracket || bytes[lineEnd - 1] !== BYTE.closeBracket) return false;
    let digits = bracket;
    while (digits < lineEnd && !isDigit(bytes[digits])) digits++;
    const digitsEnd = skipDigits(bytes, digits, lineEnd);
    if (digitsEnd === digits) this.summary.lostUncounted++;
    else this.summary.lostByMarks += decimal(bytes, digits, digitsEnd);
    return true;
  }

  private refuse(start: number, line: number): void {
    const { summary, bytes, lineEnd } = this;
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

/** ` => function` under an event, with `options/stacktrace`. */
function isStackLine(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > 3 && bytes[start] === BYTE.blank && bytes[start + 1] === BYTE.equals && bytes[start + 2] === 62;
}
