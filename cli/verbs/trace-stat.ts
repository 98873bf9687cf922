import type { Command } from "commander";
import { companionPaths, DEFAULT_KERNEL, readTraceMeta } from "../../harness/trace/meta.ts";
import { parseTrace } from "../../harness/trace/parser.ts";
import { type TraceStat, TraceStatistics } from "../../harness/trace/stat.ts";
import { PORTS } from "../../platform/ports.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { traceStatText } from "../../report/trace-stat-text.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";
import { TRACE_FILE } from "./trace-file.ts";

/** `trace stat FILE`: a recording in figures. */
export function addTraceStat(trace: Command, session: Session): void {
  commonFlags(
    trace
      .command("stat")
      .description("A trace in figures: events, sizes, contexts, losses.")
      .argument("<file>", TRACE_FILE),
  )
    .addHelpText(
      "beforeAll",
      "Examples:\n  asilab trace stat samples/net-20k.trace.gz\n  perf script | asilab trace stat -\n",
    )
    .action(async (file: string, flags: CommonFlags) => {
      const stat = await statOf(file);
      session.io.out(flags.json === true ? document(session, file, stat) : traceStatText(nameOf(file), stat));
    });
}

async function statOf(file: string): Promise<TraceStat> {
  const meta = file === "-" ? undefined : companionPaths(file).meta;
  const text = meta === undefined ? undefined : await PORTS.readTextIfPresent(meta);
  const told = text === undefined || meta === undefined ? undefined : readTraceMeta(text, meta);
  const statistics = new TraceStatistics();
  const summary = await parseTrace(PORTS.openBytes(file), {
    kernel: told?.kernel ?? DEFAULT_KERNEL,
    kernelAssumed: told?.kernelSource !== "told",
    file: nameOf(file),
    onEvent: (event) => statistics.take(event),
  });
  return statistics.finish(summary);
}

function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}

function document(session: Session, file: string, stat: TraceStat): string {
  const head = {
    verb: "trace stat",
    verdict: "n/a",
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  } as const;
  return jsonDocument(head, { file, stat });
}
