import type { Kernel } from "../../model/kernel.ts";
import { freeOnePage } from "./buddy.ts";
import { KIND_PCP, mmColumns, zoneCpu } from "./columns.ts";
import { rmqueue } from "./rmqueue.ts";

/**
 * The per-CPU page lists: what runs under the lock of a CPU's list in one zone, which its owner only ever tries to take.
 *
 * - **Shapes, units**: one list per zone, CPU, freetype and order up to the costly order; `pcpHigh` and `pcpBatch` pages.
 * - **Leaves out**: the list for THPs, free-batch scaling (docs/modelling.md).
 * - **Source**: mm/page_alloc.c v6.12: `rmqueue_bulk()`, `free_pcppages_bulk()`, `free_unref_page_commit()`.
 */
export function pcpListsPerCpu(freetypes: number, costlyOrder: number): number {
  return freetypes * (costlyOrder + 1);
}

export function pcpAllowed(k: Kernel, order: number): boolean {
  return order <= k.world.geometry.costlyOrder;
}

export function pcpList(k: Kernel, zone: number, cpu: number, type: number, order: number): number {
  const { geometry, freetypes, lists } = k.world;
  const perCpu = pcpListsPerCpu(freetypes, geometry.costlyOrder);
  return (lists.base[KIND_PCP] as number) + zoneCpu(k, zone, cpu) * perCpu + type * (geometry.costlyOrder + 1) + order;
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

export function pcpPut(k: Kernel, zone: number, cpu: number, type: number, order: number, pfn: number): void {
  k.lists.addHead(pcpList(k, zone, cpu, type, order), pfn, order);
  count(k, zone, cpu, 1 << order);
}

export function pcpIsFull(k: Kernel, zone: number, cpu: number): boolean {
  return k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, cpu)) >= k.world.geometry.pcpHigh;
}

/** Refills a list with a batch of blocks from the buddy lists, in the order in which they are found. */
export function refill(k: Kernel, zone: number, cpu: number, type: number, order: number): void {
  const blocks = Math.max(k.world.geometry.pcpBatch >> order, order === 0 ? 1 : 2);
  for (let i = 0; i < blocks; i++) {
    const pfn = rmqueue(k, zone, order, type);
    if (pfn < 0) return;
    k.lists.addTail(pcpList(k, zone, cpu, type, order), pfn, order);
    count(k, zone, cpu, 1 << order);
  }
}

/** Returns up to `pages` pages to the buddy lists, last in first, going round the lists. */
export function freePcpBulk(k: Kernel, zone: number, cpu: number, pages: number): void {
  const orders = k.world.geometry.costlyOrder + 1;
  const lists = pcpListsPerCpu(k.world.freetypes, k.world.geometry.costlyOrder);
  const base = pcpList(k, zone, cpu, 0, 0);
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

function count(k: Kernel, zone: number, cpu: number, pages: number): void {
  const column = k.of(mmColumns).pcpCount;
  const row = zoneCpu(k, zone, cpu);
  column.set(row, column.get(row) + pages);
}
