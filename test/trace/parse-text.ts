import type { TraceEvent } from "../../harness/trace/event.ts";
import { TraceParser } from "../../harness/trace/parser.ts";
import type { TraceSummary } from "../../harness/trace/summary.ts";
import type { KernelVersion } from "../../model/gfp.ts";

export interface Recorded extends TraceEvent {
  comm: string;
  detail: string;
}

export interface Parsed {
  readonly events: readonly Recorded[];
  readonly summary: TraceSummary;
}

/** Parses bytes or text, cut at `cuts`, and keeps a copy of every event with its texts. */
export function parse(input: string | Uint8Array, cuts: readonly number[] = [], kernel: KernelVersion = "6.1"): Parsed {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const events: Recorded[] = [];
  const parser = new TraceParser({
    kernel,
    file: "t.trace",
    onEvent: (event, text) => events.push({ ...event, comm: text.comm(), detail: text.detail() }),
  });
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    parser.push(bytes.slice(start, cut));
    start = cut;
  }
  parser.push(bytes.slice(start));
  return { events, summary: parser.finish() };
}

/** The only event of a one-event text. */
export function parseOne(text: string, kernel: KernelVersion = "6.1"): Recorded {
  const { events } = parse(text, [], kernel);
  const only = events[0];
  if (!only || events.length !== 1) throw new Error(`expected one event, found ${events.length}`);
  return only;
}

export const FIVE_FLAGS_HEADER = `# tracer: nop
#
# entries-in-buffer/entries-written: 2/2   #P:2
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
`;

export const ALLOC =
  "mm_page_alloc: page=00000000aa5498db pfn=0x2ed84 order=1 migratetype=0 gfp_flags=GFP_KERNEL_ACCOUNT|__GFP_ZERO";
