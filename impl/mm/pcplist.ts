import type { Kernel } from "../../model/kernel.ts";
import { freeOnePage, hasIsolateBlock, typeOfBlock } from "./buddy.ts";
import { KIND_PCP, mmColumns, zoneCpu } from "./columns.ts";
import {
  flagsOfFreetype,
  MIGRATE_MOVABLE,
  MIGRATE_PCPTYPES,
  MIGRATE_TYPES,
  migratetypeOfFreetype,
} from "./freetype.ts";
import { layoutOf } from "./mm-layout.ts";
import { nrPcpAlloc } from "./pcp-sizing.ts";
import { rmqueue } from "./rmqueue.ts";

/**
 * The per-CPU page lists: what runs under the lock of a CPU's lists in one zone, which its owner only ever tries to take.
 *
 * In the whole allocator one list per order up to the costly one and migratetype, and two for transparent huge pages (movable
 * or not), once for each setting of the design's flags. Where only the fast path runs, one list per freetype and order, and
 * fixed sizes: `pcpHigh` and `pcpBatch` pages.
 *
 * - **Shapes, units**: lists by index within those of a zone and CPU (pindex); blocks by head pfn.
 * - **Cost**: O(1) but for refills and returns.
 * - **Source**: mm/page_alloc.c: `order_to_pindex()`, `rmqueue_bulk()`, `free_pcppages_bulk()`.
 */
export function pcpListsPerCpu(freetypes: number, costlyOrder: number, whole = false): number {
  if (!whole) return freetypes * (costlyOrder + 1);
  return (freetypes / MIGRATE_TYPES) * listsPerFlags(costlyOrder);
}

/** The freetype that a CPU's `pindex`-th list of a zone is for: the inverse of `pcpIndex`. */
export function pcpFreetype(pindex: number, costlyOrder: number, whole: boolean): number {
  if (!whole) return Math.floor(pindex / (costlyOrder + 1));
  const lists = listsPerFlags(costlyOrder);
  const flags = Math.floor(pindex / lists);
  const huge = (pindex % lists) - MIGRATE_PCPTYPES * (costlyOrder + 1);
  return flags * MIGRATE_TYPES + (huge < 0 ? (pindex % lists) % MIGRATE_PCPTYPES : huge * MIGRATE_MOVABLE);
}

export function pcpAllowed(k: Kernel, order: number): boolean {
  const { costlyOrder, pageblockOrder } = k.world.geometry;
  return order <= costlyOrder || (order === pageblockOrder && k.world.whole !== undefined);
}

/** order_to_pindex(): HIGHATOMIC and CMA pages count as movable; huge pages are told apart only by whether they are movable. */
export function pcpIndex(k: Kernel, type: number, order: number): number {
  const { costlyOrder } = k.world.geometry;
  if (k.world.whole === undefined) return type * (costlyOrder + 1) + order;
  const base = flagsOfFreetype(k, type) * listsPerFlags(costlyOrder);
  const migratetype = type % MIGRATE_TYPES;
  const listed = migratetype < MIGRATE_PCPTYPES ? migratetype : MIGRATE_MOVABLE;
  if (order <= costlyOrder) return base + order * MIGRATE_PCPTYPES + listed;
  return base + MIGRATE_PCPTYPES * (costlyOrder + 1) + (listed === MIGRATE_MOVABLE ? 1 : 0);
}

export function pcpList(k: Kernel, zone: number, cpu: number, type: number, order: number): number {
  return pcpBase(k, zone, cpu) + pcpIndex(k, type, order);
}

/** Takes the first block of a list, or answers -1. */
export function pcpTake(k: Kernel, zone: number, cpu: number, type: number, order: number): number {
  const list = pcpList(k, zone, cpu, type, order);
  const pfn = k.lists.first(list);
  if (pfn < 0) return -1;
  k.lists.remove(list, pfn);
  count(k, zone, cpu, -(1 << order));
  return pfn;
}

export function pcpPut(k: Kernel, zone: number, cpu: number, pindex: number, order: number, pfn: number): void {
  k.lists.addHead(pcpBase(k, zone, cpu) + pindex, pfn, order);
  count(k, zone, cpu, 1 << order);
}

/** Where only the fast path runs: the lists together have reached their limit. */
export function pcpIsFull(k: Kernel, zone: number, cpu: number): boolean {
  return k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, cpu)) >= k.world.geometry.pcpHigh;
}

/**
 * Refills a list with a batch of blocks from the buddy lists, in the order in which they are found. **Context**: zone lock
 * held as well. **Shapes, units**: `flags` are ALLOC_*; answers the blocks taken.
 */
export function refill(k: Kernel, zone: number, cpu: number, type: number, order: number, flags = 0): number {
  const { pcpBatch } = k.world.geometry;
  const whole = k.world.whole !== undefined;
  const blocks = whole ? nrPcpAlloc(k, zone, cpu, order) : Math.max(pcpBatch >> order, order === 0 ? 1 : 2);
  const list = pcpList(k, zone, cpu, type, order);
  let taken = 0;
  for (; taken < blocks; taken++) {
    const pfn = rmqueue(k, zone, order, type, flags);
    if (pfn < 0) break;
    k.lists.addTail(list, pfn, order);
  }
  if (taken > 0) count(k, zone, cpu, taken << order);
  return taken;
}

/**
 * Returns up to `pages` pages to the buddy lists, last in first: list by list from `pindex` on, each to its end.
 *
 * - **Context**: zone lock held as well.
 */
export function freePcpBulk(k: Kernel, zone: number, cpu: number, pages: number, pindex = 0): void {
  const { whole, v61 } = layoutOf(k.world);
  if (!whole) {
    freeRoundRobin(k, zone, cpu, pages);
    return;
  }
  const { freetypes, geometry } = k.world;
  const lists = pcpListsPerCpu(freetypes, geometry.costlyOrder, true);
  const base = pcpBase(k, zone, cpu);
  // 6.1 goes by the type that a page had when it was freed, unless a pageblock has been isolated since.
  const kept = v61 && !hasIsolateBlock(k, zone);
  let left = Math.min(pages, k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, cpu)));
  for (let at = pindex; left > 0; at = at + 1 === lists ? 0 : at + 1) {
    const order = pindexToOrder(k, at);
    for (let pfn = k.lists.last(base + at); pfn >= 0 && left > 0; pfn = k.lists.last(base + at)) {
      const type = kept ? k.of(mmColumns).listedType.get(pfn) : typeOfBlock(k, pfn);
      k.lists.remove(base + at, pfn);
      count(k, zone, cpu, -(1 << order));
      left -= 1 << order;
      freeOnePage(k, pfn, order, "by-merge", type);
      k.tracepoints.pcpuDrain?.(pfn, order, migratetypeOfFreetype(k, type));
    }
  }
}

/** The same where only the fast path runs: one block of each list in turn. */
function freeRoundRobin(k: Kernel, zone: number, cpu: number, pages: number): void {
  const orders = k.world.geometry.costlyOrder + 1;
  const lists = pcpListsPerCpu(k.world.freetypes, k.world.geometry.costlyOrder);
  const base = pcpBase(k, zone, cpu);
  let left = Math.min(pages, k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, cpu)));
  for (let at = 0; left > 0; at = (at + 1) % lists) {
    const pfn = k.lists.last(base + at);
    if (pfn < 0) continue;
    const order = at % orders;
    k.lists.remove(base + at, pfn);
    count(k, zone, cpu, -(1 << order));
    left -= 1 << order;
    freeOnePage(k, pfn, order);
  }
}

function pindexToOrder(k: Kernel, pindex: number): number {
  const { costlyOrder, pageblockOrder } = k.world.geometry;
  const order = Math.floor((pindex % listsPerFlags(costlyOrder)) / MIGRATE_PCPTYPES);
  return order <= costlyOrder ? order : pageblockOrder;
}

/** Three migratetypes per order, and two lists of huge pages. */
function listsPerFlags(costlyOrder: number): number {
  return MIGRATE_PCPTYPES * (costlyOrder + 1) + 2;
}

function pcpBase(k: Kernel, zone: number, cpu: number): number {
  const { geometry, freetypes, lists, whole } = k.world;
  const perCpu = pcpListsPerCpu(freetypes, geometry.costlyOrder, whole !== undefined);
  return (lists.base[KIND_PCP] as number) + zoneCpu(k, zone, cpu) * perCpu;
}

function count(k: Kernel, zone: number, cpu: number, pages: number): void {
  const column = k.of(mmColumns).pcpCount;
  const row = zoneCpu(k, zone, cpu);
  column.set(row, column.get(row) + pages);
}
