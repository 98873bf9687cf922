import type { Kernel } from "../../model/kernel.ts";
import type { FreeBlock } from "../../model/software.ts";
import { freeOnePage } from "./buddy.ts";
import { mmColumns, zoneColumns, zoneLock } from "./columns.ts";
import { refreshZoneStat, SEEN_ZERO } from "./free-accounting.ts";
import { freetypeOf, MIGRATE_MOVABLE } from "./freetype.ts";
import { zoneOfPage } from "./zones.ts";

/**
 * memblock hands the given blocks to the buddy lists: all-zero memory becomes a machine that can allocate.
 *
 * - **Source**: `memblock_free_all()`, `memmap_init_zone_range()` (every pageblock begins movable).
 */
export function bootAllocator(k: Kernel, blocks: readonly FreeBlock[]): void {
  const { zones } = k.world;
  if (k.world.whole !== undefined) prepareZones(k);
  for (let zone = 0; zone < zones.length; zone++) {
    k.lockIrqSave(zoneLock(zone));
    for (const { pfn, order } of blocks) if (zoneOfPage(k, pfn) === zone) freeOnePage(k, pfn, order);
    k.unlockIrqRestore(zoneLock(zone));
    if (k.world.whole !== undefined) refreshZoneStat(k, zone);
  }
}

/** Once, before the first block: labels and counters. */
function prepareZones(k: Kernel): void {
  const c = k.of(zoneColumns);
  if (c.statThreshold.get(0) !== 0) return;
  const { blockType } = k.of(mmColumns);
  for (let block = 0; block < k.world.blocks; block++) blockType.set(block, freetypeOf(k, MIGRATE_MOVABLE));
  for (let zone = 0; zone < k.world.zones.length; zone++) {
    c.statThreshold.set(zone, 16);
    c.managed.set(zone, k.world.zones[zone]?.managed ?? 0);
    c.nrFreeSeen.set(zone, SEEN_ZERO);
    refreshZoneStat(k, zone);
  }
}
