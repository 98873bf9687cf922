import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { type Geometry, X86_64 } from "../../model/geometry.ts";
import { Machine } from "../../model/machine.ts";
import type { Request } from "../../model/request.ts";
import { type WholeAllocator, wholeAllocator, ZONE_NAMES, type ZoneName } from "../../model/zone.ts";
import { softwareFor } from "../scenario.ts";
import type { TraceMeta } from "../trace/meta.ts";
import type { PageMap } from "./page-map.ts";
import type { StartState } from "./start-state.ts";

/** CPUs and pages that a replayed machine can have. */
const CPUS_MAX = 16;
const PAGES_MAX = 2 ** 25;

/** A smaller zone gets a reserved tail: frames hold indices of requests, of which there may be as many. */
const PAGES_MIN = 1024;

/** Blocks freed between two clearings of the step log, which holds some of each. */
const BOOT_CHUNK = 1024;

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
export function replayMachine(design: Design, meta: TraceMeta, file: string, requests: readonly Request[]): Machine {
  if (meta.cpus > CPUS_MAX || meta.pfnEnd > PAGES_MAX) {
    throw new InputError(
      "TRACE-TOO-LARGE",
      `${file}: recorded on ${meta.cpus} CPUs and up to pfn ${meta.pfnEnd}; a replay has at most ${CPUS_MAX} CPUs and ${PAGES_MAX} pages`,
      "record on a virtual machine of that size, or take a smaller trace",
    );
  }
  const parameters = {
    geometry: geometryOf(meta),
    cpus: meta.cpus,
    pages: Math.max(meta.pfnEnd, PAGES_MIN),
    // One address space per CPU, so that every secret has somebody it must be kept from.
    mms: Math.max(2, meta.cpus),
    whole: wholeOf(meta),
    requests,
    translations: "epochs",
    modes: false,
    irq: true,
    preempt: false,
  } as const;
  return new Machine(softwareFor(design), parameters, []);
}

/**
 * Frees what was free; everything else (in use, on a per-CPU list, reserved, a hole) counts as allocated, page by page, so
 * that whatever order is freed later can be.
 *
 * The types of pageblocks are not recorded: all begin movable, as the kernel's do at boot.
 */
export function bootAt(machine: Machine, start: StartState, map: PageMap): void {
  for (let at = 0; at < start.free.length; at += BOOT_CHUNK) machine.boot([], start.free.slice(at, at + BOOT_CHUNK));
  let used = 0;
  for (const { pfn, order } of start.free) {
    reserve(machine, map, used, pfn);
    used = pfn + 2 ** order;
  }
  reserve(machine, map, used, machine.world.pages);
  machine.clearStep();
}

/** The recorded zones; reclaim is off, since the recording says what was freed and when. */
function wholeOf(meta: TraceMeta): WholeAllocator {
  return wholeAllocator(meta.pfnEnd, {
    kernel: meta.kernel,
    zones: meta.zones.map((zone) => ({
      name: zoneName(zone.name),
      node: zone.node,
      startPfn: zone.startPfn,
      spanned: zone.spanned,
      managed: zone.managed,
      watermarks: { min: zone.watermarkMin, low: zone.watermarkLow, high: zone.watermarkHigh },
      pcp: { batch: zone.pcpBatch, high: zone.pcpHigh },
    })),
    reclaim: false,
  });
}

function zoneName(name: string): ZoneName {
  return ZONE_NAMES.find((known) => known === name) ?? "Normal";
}

function reserve(machine: Machine, map: PageMap, from: number, to: number): void {
  for (let pfn = from; pfn < to; pfn++) {
    machine.k.ledger.reserve(pfn, 0);
    map.liveAtStart(pfn);
  }
}
