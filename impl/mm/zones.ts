import type { Kernel } from "../../model/kernel.ts";
import { acColumns, acRow } from "./columns.ts";
import { layoutOf } from "./mm-layout.ts";

/** zone_idx() values: places among ZONE_NAMES. */
export const ZONE_DMA = 0;
export const ZONE_DMA32 = 1;
export const ZONE_NORMAL = 2;
export const ZONE_MOVABLE = 3;

/** The zone that a page lies in, by index; -1 in a hole. Cost: O(zones), of which there are two or three. */
export function zoneOfPage(k: Kernel, pfn: number): number {
  const { whole, zoneStart, zoneEnd } = layoutOf(k.world);
  if (!whole) return 0;
  // From the top: the highest zone is the largest.
  for (let zone = zoneStart.length - 1; zone >= 0; zone--) {
    if (pfn >= (zoneStart[zone] as number)) return pfn < (zoneEnd[zone] as number) ? zone : -1;
  }
  return -1;
}

/** zone_idx(): the zone's place among the kernel's zone names. */
export function zoneIndex(k: Kernel, zone: number): number {
  return layoutOf(k.world).zoneIndex[zone] as number;
}

/** zone_spans_pfn(): the page lies between the zone's ends, in a hole or not. */
export function zoneSpans(k: Kernel, zone: number, pfn: number): boolean {
  const { zoneStart, zoneEnd } = layoutOf(k.world);
  return pfn >= (zoneStart[zone] as number) && pfn < (zoneEnd[zone] as number);
}

/** The zone of a node with this zone_idx(), or -1 if the node has none. */
export function populatedZone(k: Kernel, node: number, index: number): number {
  return k.world.zones.findIndex(
    (zone, at) => zone.node === node && zone.spanned > 0 && layoutOf(k.world).zoneIndex[at] === index,
  );
}

/** The zone that the call being run is at: the only one where there is one. */
export function currentZone(k: Kernel): number {
  return k.world.whole === undefined ? 0 : k.of(acColumns).zone.get(acRow(k));
}

/** The node that a CPU belongs to: CPUs are dealt out to nodes in turn. */
export function nodeOfCpu(k: Kernel, cpu: number): number {
  return cpu % k.world.nodes;
}
