import { z } from "zod";
import { InputError } from "../../model/failure.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { printable } from "./stranger-text.ts";
import type { TraceSummary } from "./summary.ts";

/** One zone of the machine that recorded; pages, except `startPfn`. */
export interface TraceZone {
  readonly name: string;
  readonly node: number;
  readonly startPfn: number;
  /** Pages from the first to the last, holes included. */
  readonly spanned: number;
  /** Pages the buddy allocator was ever given. */
  readonly managed: number;
  /** Pages moved between a per-CPU list and the buddy lists at once, and the length at which a list is drained. */
  readonly pcpBatch: number;
  readonly pcpHigh: number;
  readonly watermarkMin: number;
  readonly watermarkLow: number;
  readonly watermarkHigh: number;
}

/** What a replay has to know about the machine, and how it is known. */
export interface TraceMeta {
  /** `file`: told by NAME.meta.json. `inferred`: guessed from the trace; reports say so. */
  readonly source: "file" | "inferred";
  readonly kernel: KernelVersion;
  /** `told`: by the meta file or the trace's header. `assumed`: nothing told, the default is used. */
  readonly kernelSource: "told" | "assumed";
  /** As the machine printed it; empty when assumed. */
  readonly kernelRelease: string;
  readonly cpus: number;
  /** One more than the last page of the last zone. */
  readonly pfnEnd: number;
  /** Ascending, not overlapping. */
  readonly zones: readonly TraceZone[];
  /** `recorded`: a free map of the first moment lies beside the trace. `inferred`: it has to be guessed. */
  readonly startState: "recorded" | "inferred";
  readonly workload: string;
}

const CPUS_MAX = 8192;
const PAGES_MAX = 2 ** 32;
const pages = z.number().int().min(0).max(PAGES_MAX);

const zoneSchema = z.object({
  zone: z.string().min(1).max(32),
  node: z.number().int().min(0).max(1023).default(0),
  start_pfn: pages,
  spanned: pages.min(1),
  managed: pages,
  batch: pages.min(1),
  pcp_high: pages,
  min: pages.default(0),
  low: pages.default(0),
  high: pages.default(0),
});

/** Other keys are allowed and ignored. */
const metaSchema = z.object({
  kernel: z.string().min(1).max(128),
  cpus: z.number().int().min(1).max(CPUS_MAX),
  zones: z.array(zoneSchema).min(1).max(64),
  start_state: z.enum(["recorded", "inferred"]).default("recorded"),
  workload: z.string().max(1000).default(""),
});

/**
 * Reads NAME.meta.json, written by anybody.
 *
 * - **Errors**: `TRACE-META` with the file, the key and what is wrong with it.
 */
export function readTraceMeta(text: string, file: string): TraceMeta {
  const parsed = metaSchema.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = issue ? issue.path.map(String).join(".") : "";
    throw refuseMeta(file, `${key === "" ? "the document" : key}: ${issue?.message ?? "not as expected"}`);
  }
  const { kernel, cpus, start_state, workload } = parsed.data;
  const zones = parsed.data.zones.map(zoneOf).sort((a, b) => a.startPfn - b.startPfn);
  checkZones(zones, file);
  const version = kernelVersionOf(kernel);
  return {
    source: "file",
    kernel: version ?? DEFAULT_KERNEL,
    kernelSource: version ? "told" : "assumed",
    kernelRelease: printable(kernel),
    cpus,
    pfnEnd: Math.max(...zones.map(zoneEnd)),
    zones,
    startState: start_state,
    workload: printable(workload),
  };
}

/**
 * Guesses the machine from the trace alone: CPUs and memory as far as seen, x86-64's zone borders, sizes rounded up to
 * blocks of the largest order, and per-CPU list sizes of an ordinary machine.
 */
export function inferTraceMeta(summary: TraceSummary): TraceMeta {
  const release = summary.header.kernelRelease ?? "";
  const version = kernelVersionOf(release);
  const pfnEnd = Math.max(1, Math.ceil(summary.pfnEnd / LARGEST_BLOCK)) * LARGEST_BLOCK;
  return {
    source: "inferred",
    kernel: version ?? DEFAULT_KERNEL,
    kernelSource: version ? "told" : "assumed",
    kernelRelease: printable(release),
    cpus: Math.min(CPUS_MAX, Math.max(1, summary.cpusSeen, summary.header.cpus)),
    pfnEnd,
    zones: ZONE_BORDERS.filter(({ startPfn }) => startPfn < pfnEnd).map(({ name, startPfn, endPfn }) =>
      inferredZone(name, startPfn, Math.min(endPfn, pfnEnd)),
    ),
    startState: "inferred",
    workload: "",
  };
}

/** `6.1` or `6.12` out of a release such as `6.1.0-56-amd64`; undefined for kernels we have no table of. */
export function kernelVersionOf(release: string): KernelVersion | undefined {
  const version = /^(\d+\.\d+)(?!\d)/.exec(release)?.[1];
  return version === "6.1" || version === "6.12" ? version : undefined;
}

/** Where the files that belong to a trace lie: `dir/net.trace.gz` or `.zst` has `dir/net.meta.json` and `dir/net.before/`. */
export function companionPaths(tracePath: string): { readonly meta: string; readonly freeBlocks: string } {
  const stem = tracePath.replace(/\.(gz|zst)$/, "").replace(/\.(trace|txt|log)$/, "");
  return { meta: `${stem}.meta.json`, freeBlocks: `${stem}.before/freeblocks.txt.gz` };
}

export const DEFAULT_KERNEL: KernelVersion = "6.12";

/** Pages of a block of the largest order, 10. */
const LARGEST_BLOCK = 1024;

const ZONE_BORDERS = [
  { name: "DMA", startPfn: 1, endPfn: 0x1000 },
  { name: "DMA32", startPfn: 0x1000, endPfn: 0x10_0000 },
  { name: "Normal", startPfn: 0x10_0000, endPfn: Number.POSITIVE_INFINITY },
] as const;

function inferredZone(name: string, startPfn: number, endPfn: number): TraceZone {
  const spanned = endPfn - startPfn;
  return {
    name,
    node: 0,
    startPfn,
    spanned,
    managed: spanned,
    pcpBatch: name === "DMA" ? 1 : 63,
    pcpHigh: name === "DMA" ? 6 : 378,
    watermarkMin: 0,
    watermarkLow: 0,
    watermarkHigh: 0,
  };
}

function zoneOf(zone: z.infer<typeof zoneSchema>): TraceZone {
  return {
    name: printable(zone.zone),
    node: zone.node,
    startPfn: zone.start_pfn,
    spanned: zone.spanned,
    managed: zone.managed,
    pcpBatch: zone.batch,
    pcpHigh: zone.pcp_high,
    watermarkMin: zone.min,
    watermarkLow: zone.low,
    watermarkHigh: zone.high,
  };
}

function zoneEnd(zone: TraceZone): number {
  return zone.startPfn + zone.spanned;
}

function checkZones(zones: readonly TraceZone[], file: string): void {
  let end = 0;
  for (const zone of zones) {
    if (zone.startPfn < end) throw refuseMeta(file, `zones: ${zone.name} begins inside the zone before it`);
    if (zone.managed > zone.spanned) throw refuseMeta(file, `zones: ${zone.name} manages more pages than it spans`);
    end = zoneEnd(zone);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuseMeta(
      file,
      `not JSON (${error instanceof Error ? printable(error.message).slice(0, 80) : "unreadable"})`,
    );
  }
}

function refuseMeta(file: string, why: string): InputError {
  return new InputError(
    "TRACE-META",
    `${file}: ${why}.`,
    "`asilab trace record` prints how to write this file; without it geometry is inferred from the trace.",
  );
}
