import type { Kernel } from "../../../model/kernel.ts";
import { LRU_LISTS } from "../../../model/sorts.ts";
import { zoneColumns } from "../columns.ts";
import { freePagesSeen } from "../free-accounting.ts";
import { lruColumns } from "../reclaim/lru-columns.ts";

/** A counter under the kernel's name. */
export type Counter = readonly [name: string, value: number];

/**
 * The zone counters that the model keeps, in the kernel's order.
 *
 * - **Source**: `enum zone_stat_item` and `vmstat_text` of mm/vmstat.c; those that only other subsystems change are left out.
 */
export function zoneCounters(k: Kernel, zone: number): Counter[] {
  const lru = k.of(lruColumns);
  return [
    ["nr_free_pages", freePagesSeen(k, zone)],
    ["nr_zone_inactive_anon", lru.zoneInactiveAnon.get(zone)],
    ["nr_zone_active_anon", lru.zoneActiveAnon.get(zone)],
    ["nr_zone_inactive_file", lru.zoneInactiveFile.get(zone)],
    ["nr_zone_active_file", lru.zoneActiveFile.get(zone)],
    ["nr_zone_unevictable", lru.zoneUnevictable.get(zone)],
    ["nr_free_cma", k.of(zoneColumns).nrFreeCma.get(zone)],
  ];
}

/** The node counters that the model keeps, in the kernel's order. **Source**: `enum node_stat_item`. */
export function nodeCounters(k: Kernel, node: number): Counter[] {
  const lru = k.of(lruColumns);
  const size = (list: number): number => lru.size.get(node * LRU_LISTS + list);
  return [
    ["nr_inactive_anon", size(0)],
    ["nr_active_anon", size(1)],
    ["nr_inactive_file", size(2)],
    ["nr_active_file", size(3)],
    ["nr_unevictable", size(4)],
    ["nr_isolated_anon", lru.isolatedAnon.get(node)],
    ["nr_isolated_file", lru.isolatedFile.get(node)],
    ["nr_dirty", lru.dirty.get(node)],
    ["nr_writeback", lru.writeback.get(node)],
  ];
}

/** Adds up the same counters of several zones or nodes. */
export function addUp(parts: readonly (readonly Counter[])[]): Counter[] {
  const [first = []] = parts;
  return first.map(([name], at) => [name, parts.reduce((sum, part) => sum + (part[at]?.[1] ?? 0), 0)]);
}
