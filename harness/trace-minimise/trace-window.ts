import { EVENT, type EventKind, type TraceEvent } from "../trace/event.ts";
import { LineSplitter } from "../trace/line-splitter.ts";
import { DEFAULT_KERNEL } from "../trace/meta.ts";
import { TraceParser } from "../trace/parser.ts";

/** Lines before the first event that are kept: a tracefs header has 11, perf's some 30. */
const HEADER_LINES_MAX = 64;

/** One event's line, as bytes, with what decides what belongs to it. */
export interface EventLine {
  readonly bytes: Uint8Array;
  readonly kind: EventKind;
  readonly cpu: number;
  readonly pfn: number;
  readonly order: number;
  readonly failed: boolean;
}

/** The events that lead up to a line, and what stands above the first event of the file. */
export interface TraceWindow {
  readonly header: readonly Uint8Array[];
  /** In the file's order; the last is the event of the line asked for. */
  readonly events: readonly EventLine[];
  /** Events up to that line, those that were let go included. */
  readonly eventsBefore: number;
}

/**
 * Reads the last events up to and including a line.
 *
 * - **Cost**: one reading of the file up to there; memory for `most` lines, whatever the file's length.
 * - **Errors**: those of the parser.
 */
export async function traceWindow(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  lastLine: number,
  most: number,
): Promise<TraceWindow> {
  const reader = new WindowReader(file, lastLine, most);
  for await (const chunk of bytes) {
    reader.push(chunk);
    if (reader.done) break;
  }
  return reader.finish();
}

/** Cuts each chunk into lines, then parses it: an event is matched with its line by the line's number. */
class WindowReader {
  done = false;
  private readonly header: Uint8Array[] = [];
  private readonly ring: EventLine[] = [];
  private readonly lines = new Map<number, Uint8Array>();
  private readonly splitter: LineSplitter;
  private readonly parser: TraceParser;
  private count = 0;

  constructor(
    file: string,
    private readonly lastLine: number,
    private readonly most: number,
  ) {
    this.splitter = new LineSplitter(file, (bytes, start, end, line) => this.keepLine(bytes, start, end, line));
    this.parser = new TraceParser({ kernel: DEFAULT_KERNEL, file, onEvent: (event) => this.take(event) });
  }

  push(chunk: Uint8Array): void {
    this.splitter.push(chunk);
    this.parser.push(chunk);
    this.forget();
  }

  finish(): TraceWindow {
    if (!this.done) {
      this.splitter.finish();
      this.parser.finish();
    }
    const { ring, count, most, header } = this;
    const oldest = count > most ? count % most : 0;
    return { header, events: [...ring.slice(oldest), ...ring.slice(0, oldest)], eventsBefore: count };
  }

  private keepLine(bytes: Uint8Array, start: number, end: number, line: number): void {
    if (line <= this.lastLine) this.lines.set(line, bytes.slice(start, end));
  }

  private take(event: Readonly<TraceEvent>): void {
    const bytes = this.lines.get(event.line);
    if (bytes === undefined || this.done) return;
    if (this.count === 0) this.keepHeader(event.line);
    const { kind, cpu, pfn, order, failed } = event;
    this.ring[this.count % this.most] = { bytes, kind, cpu, pfn, order, failed: failed === 1 };
    this.count++;
    if (event.line >= this.lastLine) this.done = true;
  }

  private keepHeader(firstEvent: number): void {
    for (const [line, bytes] of this.lines) {
      if (line < firstEvent && this.header.length < HEADER_LINES_MAX) this.header.push(bytes);
    }
  }

  /** Lines that are no events go when their chunk is done; until the first event they may be a header. */
  private forget(): void {
    if (this.count > 0 || this.lines.size > HEADER_LINES_MAX) this.lines.clear();
  }
}

/** The event is an allocation that succeeded, or a free: what a replay makes calls of. */
export function isPageCall({ kind, failed }: EventLine): boolean {
  return (kind === EVENT.alloc && !failed) || kind === EVENT.free;
}
