import { runFidelity } from "../../harness/fidelity/fidelity-run.ts";
import type { TraceEvent } from "../../harness/trace/event.ts";
import { type FreeBlocks, readFreeBlocks } from "../../harness/trace/free-blocks.ts";
import { readTraceMeta, type TraceMeta } from "../../harness/trace/meta.ts";
import { type EventText, parseTrace } from "../../harness/trace/parser.ts";
import { replayTrace } from "../../harness/trace-replay/replay-trace.ts";
import type { TraceReplayResult } from "../../harness/trace-replay/result.ts";
import { findDesign } from "../../index.ts";

const HEADER = `# tracer: nop
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
`;

/** 8 MiB, two CPUs, lists of 16 pages in batches of 4; no watermark is ever met. */
export const META_TEXT = JSON.stringify({
  kernel: "6.1.0-56-amd64",
  cpus: 2,
  zones: [{ zone: "DMA32", start_pfn: 0, spanned: 2048, managed: 2048, batch: 4, pcp_high: 16 }],
});

export const META: TraceMeta = readTraceMeta(META_TEXT, "t.meta.json");

/** Pages 0x400 to 0x7ff. */
export const UPPER_HALF = "400 10\n";

export const KERNEL_MEMORY = "GFP_KERNEL_ACCOUNT";
export const USER_MEMORY = "GFP_HIGHUSER_MOVABLE|__GFP_COMP";

/** A line of a task, `comm-pid` on a CPU; lines are a microsecond apart. */
export function by(task: string, cpu: number, event: string, flags = "....."): string {
  return `${task.padStart(16)}       [00${cpu}] ${flags}     1.@: ${event}\n`;
}

export function alloc(pfn: number, order = 0, migratetype = 0): string {
  const gfp = migratetype === 1 ? USER_MEMORY : KERNEL_MEMORY;
  return `mm_page_alloc: page=0000000000000001 ${block(pfn, order)} migratetype=${migratetype} gfp_flags=${gfp}`;
}

export function free(pfn: number, order = 0): string {
  return `mm_page_free: page=0000000000000001 ${block(pfn, order)}`;
}

export function freeBatched(pfn: number): string {
  return `mm_page_free_batched: page=0000000000000001 ${block(pfn, 0)}`;
}

export function zoneLocked(pfn: number, order = 0, migratetype = 0): string {
  return `mm_page_alloc_zone_locked: page=0000000000000001 ${block(pfn, order)} migratetype=${migratetype} percpu_refill=1`;
}

export function drain(pfn: number, order = 0, migratetype = 0): string {
  return `mm_page_pcpu_drain: page=0000000000000001 ${block(pfn, order)} migratetype=${migratetype}`;
}

export function mark(text: string): string {
  return `tracing_mark_write: ${text}`;
}

export function traceText(lines: readonly string[]): string {
  return HEADER + lines.map((line, i) => line.replace("@", String(i + 1).padStart(6, "0"))).join("");
}

/** Feeds lines to a reader. */
export async function read(
  lines: readonly string[],
  take: (event: Readonly<TraceEvent>, text: EventText) => void,
): Promise<void> {
  await parseTrace(bytesOf(traceText(lines)), { kernel: "6.1", file: "t.trace", onEvent: take });
}

export async function freeMap(text = UPPER_HALF): Promise<FreeBlocks> {
  return readFreeBlocks(bytesOf(text), "t.before", META.zones);
}

type Options = Omit<Parameters<typeof replayTrace>[3], "file">;

export async function replay(lines: readonly string[], options: Options = {}): Promise<TraceReplayResult> {
  const text = traceText(lines);
  return replayTrace(() => bytesOf(text), sideFiles(), findDesign("no-asi"), { file: "t", injectEvery: 0, ...options });
}

export async function compare(
  lines: readonly string[],
  after: Parameters<typeof runFidelity>[2] = {},
): ReturnType<typeof runFidelity> {
  const text = traceText(lines);
  const source = { file: "t", open: () => bytesOf(text), sideFiles: sideFiles() };
  return runFidelity(findDesign("no-asi"), source, after, "as-recorded");
}

function sideFiles() {
  return {
    meta: { file: "t.meta.json", text: META_TEXT },
    freeBlocks: { file: "t.before", open: () => bytesOf(UPPER_HALF) },
  };
}

function block(pfn: number, order: number): string {
  return `pfn=0x${pfn.toString(16)} order=${order}`;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
