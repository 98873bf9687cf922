import type { Kernel } from "../../../model/kernel.ts";
import { ALLOC_CMA } from "../alloc-flags.ts";
import { buddyOrder, isolateFreeBlock, setTypeOfBlock, typeOfBlock } from "../buddy.ts";
import { zoneColumns } from "../columns.ts";
import { isIsolate, isMergeable, MIGRATE_MOVABLE, withMigratetype } from "../freetype.ts";
import { layoutOf } from "../mm-layout.ts";
import { moveFreepagesBlock } from "../move-freepages.ts";
import { zoneWatermarkOk } from "../watermark.ts";
import { zoneOfPage } from "../zones.ts";

/**
 * `__isolate_free_page()`: takes a free block off its list as an allocation would, for somebody who will give it back.
 *
 * A block of at least half a pageblock makes its pageblocks movable.
 *
 * - **Context**: zone lock held.
 * - **Errors**: -1 where that would bring the zone below its min watermark; else the block's order.
 * - **Source**: mm/page_alloc.c, v6.1 (changes the label alone) and v6.12 (moves the pageblock's other free pages as well).
 */
export function isolateFreePage(k: Kernel, pfn: number): number {
  const order = buddyOrder(k, pfn);
  const zone = zoneOfPage(k, pfn);
  const mark = k.of(zoneColumns).wmarkMin.get(zone) + (1 << order);
  if (!isIsolate(k, typeOfBlock(k, pfn)) && !zoneWatermarkOk(k, zone, 0, mark, 0, ALLOC_CMA)) return -1;
  isolateFreeBlock(k, pfn);
  const { pageblockOrder } = k.world.geometry;
  if (order < pageblockOrder - 1) return order;
  for (let block = pfn; block < pfn + (1 << order); block += 1 << pageblockOrder) makeMovable(k, zone, block);
  return order;
}

function makeMovable(k: Kernel, zone: number, pfn: number): void {
  const old = typeOfBlock(k, pfn);
  if (!isMergeable(k, old)) return;
  const type = withMigratetype(k, old, MIGRATE_MOVABLE);
  if (layoutOf(k.world).v61) setTypeOfBlock(k, pfn, type);
  else moveFreepagesBlock(k, zone, pfn, old, type);
}
