import { InputError } from "../../model/failure.ts";
import type { TraceSummary } from "./summary.ts";

/** What is read, and how to come by it. */
export const TRACE_TEXT_HINT =
  "Give the text of /sys/kernel/tracing/trace, `trace-cmd report` or `perf script`, plain, .gz or .zst; `asilab trace record` tells how to record it.";

/**
 * Why a file in which no event was recognised is refused, in the words that help most.
 *
 * - **Errors** it makes: `FILE-EMPTY`, `TRACE-BINARY`, `TRACE-NO-EVENTS`.
 */
export function notATrace(file: string, summary: TraceSummary, binary = false): InputError {
  if (summary.lines === 0) return new InputError("FILE-EMPTY", `${file}: the file is empty.`, TRACE_TEXT_HINT);
  const example = summary.unparsedExamples[0];
  if (binary)
    return new InputError(
      "TRACE-BINARY",
      `${file}: this is a binary file, not the text of a trace.`,
      binaryHint(example?.text ?? ""),
    );
  if (!example) {
    return new InputError(
      "TRACE-NO-EVENTS",
      `${file}: ${summary.lines} lines, but no event among them.`,
      emptyHint(summary),
    );
  }
  return new InputError(
    "TRACE-NO-EVENTS",
    `${file}: no trace event in the first ${summary.lines} lines. Line ${example.line} begins: ${example.text.slice(0, 60)}`,
    textHint(summary),
  );
}

function binaryHint(text: string): string {
  if (text.includes("tracing")) return "It looks like trace-cmd's trace.dat: `trace-cmd report` makes text of it.";
  if (text.startsWith("PERFILE2")) return "It looks like perf.data: `perf script` makes text of it.";
  return TRACE_TEXT_HINT;
}

/** What a file is that lies beside recordings and is taken for one; each by its beginning. */
const NEIGHBOURS: readonly (readonly [begins: RegExp, hint: string])[] = [
  [/^entries: \d/, "It looks like per_cpu/cpuN/stats, which counts events; the events are in `trace`."],
  [/^\[ perf record: /, "It looks like what `perf record` says; `perf script` prints the events."],
  [/^CPU\d+ data recorded at /, "It looks like what `trace-cmd record` says; `trace-cmd report` prints the events."],
  [/^ *(trace-cmd|perf) version /, "It is the version of a tool, not what it recorded."],
  [/^[pr]\d*:[\w/]+ /, "It looks like kprobe_events, which defines events; what they saw is in `trace`."],
  [/^[0-9a-f]{8,16} [A-Za-z] /, "It looks like /proc/kallsyms, the kernel's symbols."],
];

function textHint(summary: TraceSummary): string {
  for (const { text } of summary.unparsedExamples) {
    const known = NEIGHBOURS.find(([begins]) => begins.test(text));
    if (known) return known[1];
  }
  return TRACE_TEXT_HINT;
}

function emptyHint(summary: TraceSummary): string {
  if (summary.header.entriesInBuffer === 0)
    return "The header says that nothing was recorded: were the events enabled?";
  return TRACE_TEXT_HINT;
}
