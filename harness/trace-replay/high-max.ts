import type { TraceZone } from "../trace/meta.ts";
import type { ProcText } from "./proc-snapshot.ts";

/** A zone's pcplists may hold an eighth of it (MIN_PERCPU_PAGELIST_HIGH_FRACTION). */
const HIGH_FRACTION_MIN = 8;

/** Memory that boot gives back later (the initial ram disk) is a small part; a larger one means another origin. */
const MANAGED_SHARE_MIN = 0.8;

/**
 * The upper limit of a CPU's pcplists as a recorded kernel from 6.7 on has it: it was computed from what the zone managed early
 * in boot, before the initial ram disk was given back, and never again. zoneinfo does not print it. The same moment's memory is
 * in vm.min_free_kbytes, the root of 16 times its kilobytes.
 *
 * - **Shapes, units**: pages; undefined where nothing was recorded, or min_free_kbytes is somebody's choice (khugepaged's).
 * - **Source**: `init_per_zone_wmark_min()`, `zone_set_pageset_high_and_batch()`, `zone_highsize()` in mm/page_alloc.c, v6.12.
 */
export function recordedHighMax(
  sysctl: ProcText | undefined,
  zones: readonly TraceZone[],
  zone: TraceZone,
  cpus: number,
): number | undefined {
  const told = /^vm\.min_free_kbytes = (\d+)$/m.exec(sysctl?.text ?? "")?.[1];
  if (told === undefined) return undefined;
  const managedThen = Math.round(((Number(told) + 0.5) ** 2 / 16 - otherKilobytes(zones, zone)) / 4);
  if (managedThen > zone.managed || managedThen < zone.managed * MANAGED_SHARE_MIN) return undefined;
  return Math.max(Math.floor(Math.floor(managedThen / HIGH_FRACTION_MIN) / cpus), zone.pcpBatch << 2);
}

/** What the other zones manage; they are taken to have had it all then. */
function otherKilobytes(zones: readonly TraceZone[], zone: TraceZone): number {
  return zones.reduce((sum, each) => sum + (each === zone ? 0 : each.managed * 4), 0);
}
