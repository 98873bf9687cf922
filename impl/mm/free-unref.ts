import type { Kernel } from "../../model/kernel.ts";
import { VM } from "../../model/vm-events.ts";
import { type FreeTo, freeToBuddy, typeOfBlock } from "./buddy.ts";
import { mmColumns, pcpColumns, pcpLock, zoneColumns, zoneCpu, zoneLock } from "./columns.ts";
import { isIsolate } from "./freetype.ts";
import { hasHwpoison } from "./isolation/hwpoison.ts";
import { layoutOf } from "./mm-layout.ts";
import { nrPcpToFree } from "./pcp-sizing.ts";
import { freePcpBulk, pcpAllowed, pcpIndex, pcpPut } from "./pcplist.ts";
import { countEvent } from "./vm-count.ts";
import { highWmark, zoneWatermarkOk } from "./watermark.ts";
import { ZONE_MOVABLE, zoneOfPage } from "./zones.ts";

/**
 * A free in the whole allocator, cut where another CPU can look: choose the list and lock, add, return what is too much.
 *
 * - **Source**: `free_unref_page()`, `free_unref_page_commit()` in mm/page_alloc.c, v6.1 and v6.12.
 */

/**
 * Reads the page's type and tries to lock this CPU's lists. False when the page has to go to the buddy lists: an order that
 * has no lists, an isolated pageblock, a poisoned page, lists that an interrupted call or a drain holds.
 */
export function lockListsFor(k: Kernel, pfn: number, order: number): boolean {
  noteFreedType(k, pfn);
  if (!pcpAllowed(k, order) || isIsolate(k, typeOfBlock(k, pfn)) || hasHwpoison(k, pfn, order)) return false;
  const zone = zoneOfPage(k, pfn);
  if (!k.tryLock(pcpLock(k, zone, k.cpu))) return false;
  chooseList(k, zone, pfn, order);
  return true;
}

/** set_pcppage_migratetype() of 6.1: from here on the page counts as what its pageblock is now. */
export function noteFreedType(k: Kernel, pfn: number): void {
  if (layoutOf(k.world).v61) k.of(mmColumns).listedType.set(pfn, typeOfBlock(k, pfn));
}

/** Remembers which of the locked lists a page goes to, by its pageblock's type. */
export function chooseList(k: Kernel, zone: number, pfn: number, order: number): void {
  k.of(pcpColumns).pindex.set(zoneCpu(k, zone, k.cpu), pcpIndex(k, typeOfBlock(k, pfn), order));
}

/** Adds the page to the list chosen. True when pages have to go back to the buddy lists. */
export function commitToLists(k: Kernel, zone: number, pfn: number, order: number): boolean {
  const c = k.of(pcpColumns);
  const row = zoneCpu(k, zone, k.cpu);
  countEvent(k, VM.pgfree, 2 ** order);
  pcpPut(k, zone, k.cpu, c.pindex.get(row), order, pfn);
  const pages = nrPcpToFree(k, zone, k.cpu, order);
  if (pages > 0) c.toFree.set(row, pages);
  else c.pindex.set(row, 0);
  return pages > 0;
}

/** Returns what the commit has decided, beginning with its own list, and releases zone->lock. */
export function returnFromLists(k: Kernel, zone: number): void {
  const c = k.of(pcpColumns);
  const row = zoneCpu(k, zone, k.cpu);
  freePcpBulk(k, zone, k.cpu, c.toFree.get(row), c.pindex.get(row));
  c.toFree.set(row, 0);
  c.pindex.set(row, 0);
  k.unlockIrqRestore(zoneLock(zone));
  noteAboveHigh(k, zone);
}

/** The free at the buddy lists: zone lock held. */
export function freeUnderLock(k: Kernel, pfn: number, order: number, to: FreeTo = "by-merge"): void {
  if (k.world.whole !== undefined) countEvent(k, VM.pgfree, 2 ** order);
  freeToBuddy(k, pfn, order, layoutOf(k.world).v61 ? k.of(mmColumns).listedType.get(pfn) : 0, to);
}

/** 6.12: a free that brings the zone back above its high watermark takes ZONE_BELOW_HIGH away. */
function noteAboveHigh(k: Kernel, zone: number): void {
  const { belowHigh } = k.of(zoneColumns);
  if (belowHigh.get(zone) === 0) return;
  if (zoneWatermarkOk(k, zone, 0, highWmark(k, zone), ZONE_MOVABLE, 0)) belowHigh.set(zone, 0);
}
