import { strangerText } from "./stranger-text.ts";

/**
 * What the `#` lines of a trace say: losses, CPUs, kernel, and which character of the flags column means what.
 *
 *     #                                _-----=> irqs-off/BH-disabled
 *     #                               / _----=> need-resched
 *     #                              | / _---=> hardirq/softirq
 *     #                              || / _--=> preempt-depth
 *     #                              ||| / _-=> migrate-disable
 *     #                              |||| /     delay
 *
 * Kernels differ in these columns (4 before migrate-disable existed, 7 on PREEMPT_RT), so they are counted by name.
 */
export interface TraceHeader {
  /** Events still in the buffer and events ever written; -1 when the file has no such line. */
  entriesInBuffer: number;
  entriesWritten: number;
  /** CPUs of the machine; -1 when not told. */
  cpus: number;
  /** Kernel release, told by latency-format and by `perf script --header` only. */
  kernelRelease: string | undefined;
  latencyFormat: boolean;
  /** A line that only `trace-cmd report` prints was seen. */
  traceCmd: boolean;
  flags: FlagColumns;
}

/** Position of each flag in the flags column; -1 when the kernel prints no such flag. */
export interface FlagColumns {
  readonly width: number;
  readonly irqs: number;
  readonly context: number;
  readonly preemptDepth: number;
}

/** Until a legend says otherwise: the columns that kernels of 4 and of 5 characters have in common; width 0 is "any". */
const COMMON_FLAGS: FlagColumns = { width: 0, irqs: 0, context: 2, preemptDepth: 3 };

export function blankHeader(): TraceHeader {
  return {
    entriesInBuffer: -1,
    entriesWritten: -1,
    cpus: -1,
    kernelRelease: undefined,
    latencyFormat: false,
    traceCmd: false,
    flags: COMMON_FLAGS,
  };
}

/** Takes in one comment line, `#` included, of tracefs or of `perf script --header`. What says nothing known is ignored. */
export function readHeaderLine(header: TraceHeader, text: string): void {
  readLegend(header, text);
  const entries = /entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})/.exec(text);
  const latency = /^# latency: .* #(\d{1,15})\/(\d{1,15}), CPU#/.exec(text);
  const counts = entries ?? latency;
  if (counts) {
    header.entriesInBuffer = Number(counts[1]);
    header.entriesWritten = Number(counts[2]);
  }
  if (latency) header.latencyFormat = true;
  const cpus = /#P:(\d{1,5})/.exec(text);
  if (cpus) header.cpus = Number(cpus[1]);
  const perfCpus = /^# nrcpus online : (\d{1,5})$/.exec(text);
  if (perfCpus) header.cpus = Number(perfCpus[1]);
  const release = /(?: latency trace v\S+ on |^# os release : )([\w.+~-]{1,64})$/.exec(text);
  if (release) header.kernelRelease = release[1];
}

/** Longest line that `trace-cmd report` prints about the recording itself. */
const NOTE_BYTES_MAX = 40;

/** Takes in `cpus=2`, `version = 7` or `CPU 3 is empty` of trace-cmd; answers whether the line is one of them. */
export function readReportNote(header: TraceHeader, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > NOTE_BYTES_MAX) return false;
  const text = strangerText(bytes, start, end);
  const cpus = /^cpus=(\d{1,5})$/.exec(text);
  if (cpus) header.cpus = Number(cpus[1]);
  const note = cpus !== null || /^(version = \d{1,5}|CPU \d{1,5} is empty)$/.test(text);
  if (note) header.traceCmd = true;
  return note;
}

function readLegend(header: TraceHeader, text: string): void {
  const name = /_-+=> ([\w-]+)/.exec(text)?.[1];
  if (name === undefined || name === "CPU") return;
  const flags = name === "irqs-off" ? { width: 0, irqs: -1, context: -1, preemptDepth: -1 } : { ...header.flags };
  const column = flags.width;
  if (name === "irqs-off") flags.irqs = column;
  if (name === "hardirq") flags.context = column;
  if (name === "preempt-depth") flags.preemptDepth = column;
  header.flags = { ...flags, width: column + 1 };
}
