import type { TraceReplayOptions } from "../../harness/trace-replay/options.ts";
import { replayTrace } from "../../harness/trace-replay/replay-trace.ts";
import type { TraceReplayResult } from "../../harness/trace-replay/result.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";
import { traceFiles } from "../../platform/trace-files.ts";

type Options = Partial<TraceReplayOptions>;

export function designOf(id: string | Design): Design {
  if (typeof id !== "string") return id;
  const design = DESIGNS.find((known) => known.id === id);
  if (design === undefined) throw new Error(`there is no design ${id}`);
  return design;
}

/** Replays a bundled sample. */
export async function replaySample(name: string, design: string, options: Options = {}): Promise<TraceReplayResult> {
  const { open, sideFiles } = await traceFiles(`samples/${name}.trace.gz`);
  return replayTrace(open, sideFiles, designOf(design), { file: name, ...options });
}

const HEADER = `# tracer: nop
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
`;

/** 8 MiB, small per-CPU lists. */
const META = {
  kernel: "6.1.0-56-amd64",
  zones: [{ zone: "DMA", start_pfn: 0, spanned: 2048, managed: 2048, batch: 4, pcp_high: 16 }],
};

/** What a test may want otherwise: `free` is a free map, or `unknown` for none. */
interface MachineOfLines {
  readonly cpus?: number;
  readonly free?: string;
}

/** The upper half of the zone is free, the lower in use. */
const FREE_UPPER_HALF = "400 10\n";

export const KERNEL_MEMORY = "GFP_KERNEL_ACCOUNT|__GFP_ZERO";
export const USER_MEMORY = "GFP_HIGHUSER_MOVABLE|__GFP_COMP";

/** Replays a few lines, as `cpu flags micros event`, on a machine of 2 CPUs whose upper half is free, or as `machine` says. */
export async function replayLines(
  lines: readonly string[],
  design: string | Design = "async-free",
  options: Options = {},
  machine: MachineOfLines = {},
): Promise<TraceReplayResult> {
  const text = HEADER + lines.map(lineOf).join("");
  const { cpus = 2, free = FREE_UPPER_HALF } = machine;
  const meta = { file: "t.meta.json", text: JSON.stringify({ ...META, cpus }) };
  const freeBlocks = { file: "t.before", open: () => bytesOf(free) };
  return replayTrace(() => bytesOf(text), free === "unknown" ? { meta } : { meta, freeBlocks }, designOf(design), {
    file: "t.trace",
    injectEvery: 0,
    ...options,
  });
}

export function alloc(pfn: number, order = 0, gfp = KERNEL_MEMORY): string {
  return `mm_page_alloc: page=0000000000000001 pfn=0x${pfn.toString(16)} order=${order} migratetype=0 gfp_flags=${gfp}`;
}

export function free(pfn: number, order = 0): string {
  return `mm_page_free: page=0000000000000001 pfn=0x${pfn.toString(16)} order=${order}`;
}

/** A line in task context; `at` is microseconds after the trace's beginning. */
export function task(cpu: number, at: number, event: string): string {
  return `${cpu} ..... ${at} ${event}`;
}

export function softirq(cpu: number, at: number, event: string): string {
  return `${cpu} ..s1. ${at} ${event}`;
}

function lineOf(line: string): string {
  const [cpu = "", flags = "", at = "", ...event] = line.split(" ");
  const seconds = (1 + Number(at) / 1e6).toFixed(6);
  return `            init-1       [00${cpu}] ${flags}     ${seconds}: ${event.join(" ")}\n`;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
