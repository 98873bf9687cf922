import type { Kernel } from "../../model/kernel.ts";
import { ZONE_NAMES } from "../../model/zone.ts";
import { acColumns, acRow } from "./columns.ts";

/** The zone that a page lies in, by index; -1 in a hole. */
export function zoneOfPage(k: Kernel, pfn: number): number {
  const { zones } = k.world;
  if (zones.length === 1 && k.world.whole === undefined) return 0;
  for (let zone = 0; zone < zones.length; zone++) {
    const { startPfn, spanned } = zones[zone] as (typeof zones)[number];
    if (pfn >= startPfn && pfn < startPfn + spanned) return zone;
  }
  return -1;
}

/** zone_idx(): the zone's place among the kernel's zone names. */
export function zoneIndex(k: Kernel, zone: number): number {
  return ZONE_NAMES.indexOf(k.world.zones[zone]?.name ?? "Normal");
}

/** The zone that the call being run is at: the only one where there is one. */
export function currentZone(k: Kernel): number {
  return k.world.whole === undefined ? 0 : k.of(acColumns).zone.get(acRow(k));
}

/** The node that a CPU belongs to: CPUs are dealt out to nodes in turn. */
export function nodeOfCpu(k: Kernel, cpu: number): number {
  return cpu % k.world.nodes;
}
