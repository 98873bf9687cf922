import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { type Geometry, X86_64 } from "../../model/geometry.ts";
import { Machine } from "../../model/machine.ts";
import type { Request } from "../../model/request.ts";
import { type WholeAllocator, wholeAllocator, ZONE_NAMES, type ZoneName } from "../../model/zone.ts";
import { softwareFor } from "../scenario.ts";
import type { TraceMeta } from "../trace/meta.ts";
import type { TraceReplayOptions } from "./options.ts";

/** CPUs and pages that a replayed machine can have. */
const CPUS_MAX = 16;
const PAGES_MAX = 2 ** 25;

/** A smaller zone gets a reserved tail: frames hold indices of requests, of which there may be as many. */
const PAGES_MIN = 1024;

/** The real geometry, with the per-CPU list sizes of the trace's largest zone. Units: pages. */
export function geometryOf(meta: TraceMeta): Geometry {
  const zone = meta.zones.reduce((largest, next) => (next.managed > largest.managed ? next : largest));
  const pcpBatch = Math.min(Math.max(zone.pcpBatch, 1), 2 ** X86_64.pageblockOrder - 1);
  return { ...X86_64, pcpBatch, pcpHigh: Math.max(zone.pcpHigh, pcpBatch) };
}

/**
 * The recorded machine with a design plugged into its allocator: one zone from pfn 0 to the last zone's end.
 *
 * - **Errors**: `TRACE-TOO-LARGE` for more than 16 CPUs or 128 GiB.
 */
export function replayMachine(
  design: Design,
  meta: TraceMeta,
  options: TraceReplayOptions,
  requests: readonly Request[],
  swapPages = 0,
): Machine {
  if (meta.cpus > CPUS_MAX || meta.pfnEnd > PAGES_MAX) {
    throw new InputError(
      "TRACE-TOO-LARGE",
      `${options.file}: recorded on ${meta.cpus} CPUs and up to pfn ${meta.pfnEnd}; a replay has at most ${CPUS_MAX} CPUs and ${PAGES_MAX} pages`,
      "record on a virtual machine of that size, or take a smaller trace",
    );
  }
  const parameters = {
    geometry: geometryOf(meta),
    cpus: meta.cpus,
    pages: Math.max(meta.pfnEnd, PAGES_MIN),
    // One address space per CPU, so that every secret has somebody it must be kept from.
    mms: Math.max(2, meta.cpus),
    whole: wholeOf(meta, options, swapPages),
    requests,
    translations: "epochs",
    modes: false,
    irq: true,
    preempt: false,
  } as const;
  return new Machine(softwareFor(design), parameters, []);
}

/** The recorded zones; reclaim is off where the recording says what was freed and when. */
function wholeOf(meta: TraceMeta, options: TraceReplayOptions, swapPages: number): WholeAllocator {
  return wholeAllocator(meta.pfnEnd, {
    kernel: options.profile ?? meta.kernel,
    zones: meta.zones.map((zone) => ({
      name: zoneName(zone.name),
      node: zone.node,
      startPfn: zone.startPfn,
      spanned: zone.spanned,
      managed: zone.managed,
      watermarks: { min: zone.watermarkMin, low: zone.watermarkLow, high: zone.watermarkHigh },
      pcp: { batch: zone.pcpBatch, high: zone.pcpHigh },
    })),
    reclaim: options.mode === "closed-loop",
    swapPages: options.mode === "closed-loop" ? swapPages : 0,
  });
}

function zoneName(name: string): ZoneName {
  return ZONE_NAMES.find((known) => known === name) ?? "Normal";
}
