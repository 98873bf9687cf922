import { InputError } from "../../model/failure.ts";
import { BYTE } from "./bytes.ts";
import { TRACE_TEXT_HINT } from "./not-a-trace.ts";

/**
 * Longest line taken, in bytes without its newline.
 *
 * A kernel formats one event in a buffer of at most 8 KiB, so anything near this limit is not a trace.
 */
export const TRACE_LINE_BYTES_MAX = 65_536;

/** Called for every line as [start, end) of `bytes`, valid during the call only; `line` counts from 1. */
export type OnLine = (bytes: Uint8Array, start: number, end: number, line: number) => void;

/**
 * Cuts a stream of chunks of any size into lines without copying, except a line that straddles chunks.
 *
 * A carriage return before the newline is dropped.
 *
 * - **Cost**: one native search per line; memory bounded by `TRACE_LINE_BYTES_MAX`.
 * - **Errors**: `TRACE-LINE-TOO-LONG` with the line number.
 */
export class LineSplitter {
  private readonly carry = new Uint8Array(TRACE_LINE_BYTES_MAX);
  private readonly onLine: OnLine;
  private readonly file: string;
  private carried = 0;
  private lines = 0;

  constructor(file: string, onLine: OnLine) {
    this.file = file;
    this.onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.carried > 0) {
      const newline = chunk.indexOf(BYTE.newline);
      this.keep(chunk, 0, newline < 0 ? chunk.length : newline);
      if (newline < 0) return;
      this.flushCarry();
      start = newline + 1;
    }
    for (;;) {
      const newline = chunk.indexOf(BYTE.newline, start);
      if (newline < 0) break;
      this.emit(chunk, start, newline);
      start = newline + 1;
    }
    this.keep(chunk, start, chunk.length);
  }

  /** Ends the stream; answers whether the last line lacked its newline. */
  finish(): boolean {
    if (this.carried === 0) return false;
    this.flushCarry();
    return true;
  }

  get lineCount(): number {
    return this.lines;
  }

  private keep(chunk: Uint8Array, start: number, end: number): void {
    if (this.carried + end - start > TRACE_LINE_BYTES_MAX) this.refuseLength();
    this.carry.set(chunk.subarray(start, end), this.carried);
    this.carried += end - start;
  }

  private flushCarry(): void {
    const length = this.carried;
    this.carried = 0;
    this.emit(this.carry, 0, length);
  }

  private emit(bytes: Uint8Array, start: number, newline: number): void {
    if (newline - start > TRACE_LINE_BYTES_MAX) this.refuseLength();
    const end = newline > start && bytes[newline - 1] === BYTE.carriageReturn ? newline - 1 : newline;
    this.lines++;
    this.onLine(bytes, start, end, this.lines);
  }

  private refuseLength(): never {
    throw new InputError(
      "TRACE-LINE-TOO-LONG",
      `${this.file}:${this.lines + 1}: this line is longer than ${TRACE_LINE_BYTES_MAX} bytes; no line of a kernel trace is.`,
      TRACE_TEXT_HINT,
    );
  }
}
