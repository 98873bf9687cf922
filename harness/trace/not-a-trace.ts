import { InputError } from "../../model/failure.ts";
import type { TraceSummary } from "./summary.ts";

const HOW =
  "Give the text of /sys/kernel/tracing/trace, plain or gzipped; `asilab trace record` tells how to record it.";

/**
 * Why a file in which no event was recognised is refused, in the words that help most.
 *
 * - **Errors** it makes: `FILE-EMPTY`, `TRACE-BINARY`, `TRACE-NO-EVENTS`.
 */
export function notATrace(file: string, summary: TraceSummary, binary = false): InputError {
  if (summary.lines === 0) return new InputError("FILE-EMPTY", `${file}: the file is empty.`, HOW);
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
    textHint(example.text),
  );
}

function binaryHint(text: string): string {
  if (text.includes("tracing")) return "It looks like trace-cmd's trace.dat: `trace-cmd report` makes text of it.";
  if (text.startsWith("PERFILE2")) return "It looks like perf.data: `perf script` makes text of it.";
  return HOW;
}

function textHint(text: string): string {
  if (/ \w+:mm_page_/.test(text)) return "It looks like the output of `perf script`, which is not read.";
  return HOW;
}

function emptyHint(summary: TraceSummary): string {
  if (summary.header.entriesInBuffer === 0)
    return "The header says that nothing was recorded: were the events enabled?";
  return HOW;
}
