import type { Kernel } from "../../model/kernel.ts";
import type { FreeBlock } from "../../model/software.ts";
import { freeOnePage, freeToBuddy, typeOfBlock } from "./buddy.ts";
import { mmColumns, zoneColumns, zoneLock } from "./columns.ts";
import { refreshZoneStat } from "./free-accounting.ts";
import { freetypeOf, MIGRATE_MOVABLE } from "./freetype.ts";
import { labelCmaArea } from "./isolation/cma.ts";
import { setupZones } from "./zone-setup.ts";
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
    for (const { pfn, order } of blocks) if (zoneOfPage(k, pfn) === zone) freeAtBoot(k, pfn, order);
    k.unlockIrqRestore(zoneLock(zone));
    if (k.world.whole !== undefined) refreshZoneStat(k, zone);
  }
}

/** In whole worlds behind all others (FPI_TO_TAIL), so that memory is used from its beginning. */
function freeAtBoot(k: Kernel, pfn: number, order: number): void {
  if (k.world.whole === undefined) freeOnePage(k, pfn, order);
  else freeToBuddy(k, pfn, order, typeOfBlock(k, pfn), "tail");
}

/** Once, before the first block: sizes, watermarks, labels and counters. */
function prepareZones(k: Kernel): void {
  const c = k.of(zoneColumns);
  if (c.statThreshold.get(0) !== 0) return;
  const { blockType } = k.of(mmColumns);
  for (let block = 0; block < k.world.blocks; block++) blockType.set(block, freetypeOf(k, MIGRATE_MOVABLE));
  labelCmaArea(k);
  for (let zone = 0; zone < k.world.zones.length; zone++) {
    c.managed.set(zone, k.world.zones[zone]?.managed ?? 0);
    refreshZoneStat(k, zone);
  }
  setupZones(k);
}
