import type { Design } from "../../model/design.ts";
import type { Software, WorldParameters } from "../../model/software.ts";
import type { ListKind } from "../../model/world.ts";
import { allocPages } from "./alloc-pages.ts";
import { bootAllocator } from "./boot.ts";
import { acColumns, mmColumns, pcpColumns, zoneColumns } from "./columns.ts";
import { coreCalls } from "./core-calls.ts";
import { drainPages } from "./drain-pages.ts";
import { freePages } from "./free-pages.ts";
import { MIGRATE_TYPES } from "./freetype.ts";
import { contigCalls } from "./isolation/calls.ts";
import { hwpoisonColumns } from "./isolation/hwpoison.ts";
import { reportColumns } from "./isolation/page-reported.ts";
import { pcpFreetype, pcpListsPerCpu } from "./pcplist.ts";
import { reclaimParts } from "./reclaim/calls.ts";

/** The page allocator with a design plugged into its hooks: everything a machine needs to run it. */
export function pageAllocator(design: Design): Software {
  const free = freePages(design.hooks);
  const reclaim = reclaimParts(free);
  const alloc = allocPages(design.hooks, reclaim.slowPath);
  const { allocated, freePrepare, refill } = design.hooks;
  const hooks = [allocated, freePrepare, refill].filter((hook) => hook !== undefined);
  const workers = design.workers.map((worker) => worker.program);
  const contig = contigCalls(design.hooks, alloc, free);
  const core = coreCalls(design.hooks, alloc);
  return {
    design,
    // A part of ASI may belong to the design and to its core.
    groups: [
      ...new Set([
        mmColumns,
        zoneColumns,
        pcpColumns,
        acColumns,
        ...reclaim.groups,
        hwpoisonColumns,
        reportColumns,
        ...design.groups,
        ...(design.asi?.groups ?? []),
      ]),
    ],
    // Some are both entry points and called by others.
    programs: [
      ...new Set([
        alloc,
        free,
        drainPages,
        ...reclaim.programs,
        ...contig.programs,
        ...Object.values(core),
        ...hooks,
        ...workers,
        ...design.programs,
        ...(design.asi?.programs ?? []),
      ]),
    ],
    alloc,
    free,
    drain: drainPages,
    calls: {
      alloc_pages: alloc,
      drain_pages: drainPages,
      ...reclaim.calls,
      ...contig.calls,
      ...core,
      ...design.asi?.calls,
    },
    workers: [...design.workers, ...reclaim.workers],
    locks: (cpus, zones) => zones * (1 + cpus),
    lists: (p) => [
      buddyKind(p, freetypesOf(design, p)),
      pcpKind(p, freetypesOf(design, p)),
      ...design.lists(p.cpus),
      ...(p.whole === undefined ? [] : wholeKinds(p, freetypesOf(design, p))),
    ],
    boot: bootAllocator,
  };
}

function freetypesOf(design: Design, p: WorldParameters): number {
  return (p.whole === undefined ? 1 : MIGRATE_TYPES) << (design.freetypeBits ?? 0);
}

function zonesOf(p: WorldParameters): number {
  return p.whole?.zones.length ?? 1;
}

function buddyKind(p: WorldParameters, freetypes: number): ListKind {
  const perZone = (p.geometry.maxOrder + 1) * freetypes;
  return {
    name: "buddy",
    count: zonesOf(p) * perZone,
    mustDrain: false,
    freetypeOf: (index) => Math.floor((index % perZone) / (p.geometry.maxOrder + 1)),
    lock: (index) => Math.floor(index / perZone),
  };
}

function pcpKind(p: WorldParameters, freetypes: number): ListKind {
  const perCpu = pcpListsPerCpu(freetypes, p.geometry.costlyOrder, p.whole !== undefined);
  const zones = zonesOf(p);
  return {
    name: "pcp",
    count: zones * p.cpus * perCpu,
    mustDrain: false,
    freetypeOf: (index) => pcpFreetype(index % perCpu, p.geometry.costlyOrder, p.whole !== undefined),
    lock: (index) => zones + Math.floor(index / perCpu),
  };
}

/**
 * Where else a free page can be in the whole allocator: on the lists of isolated pageblocks, in the array of a bulk allocation,
 * on the private lists of a compaction or of page reporting, taken out of use (poisoned, offline, a hole).
 */
function wholeKinds(p: WorldParameters, freetypes: number): ListKind[] {
  const orders = p.geometry.maxOrder + 1;
  const perZone = orders * freetypes;
  return [
    {
      name: "isolate",
      count: zonesOf(p) * perZone,
      mustDrain: false,
      freetypeOf: (index) => Math.floor((index % perZone) / orders),
      lock: (index) => Math.floor(index / perZone),
    },
    { name: "bulk", count: p.cpus, mustDrain: false, parked: true },
    { name: "compaction", count: p.cpus * 4 * orders, mustDrain: false, parked: true },
    { name: "captured", count: p.cpus * 4, mustDrain: false, parked: true },
    { name: "reporting", count: zonesOf(p), mustDrain: false, parked: true },
    { name: "contig", count: p.cpus * 4, mustDrain: false, parked: true },
    { name: "poisoned", count: 1, mustDrain: false, parked: true },
    { name: "offline", count: 1, mustDrain: false, parked: true },
    { name: "hole", count: 1, mustDrain: false, parked: true },
  ];
}
