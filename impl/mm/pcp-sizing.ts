import type { Kernel } from "../../model/kernel.ts";
import { mmColumns, pcpColumns, zoneColumns, zoneCpu } from "./columns.ts";
import { layoutOf } from "./mm-layout.ts";

/**
 * How much a CPU's page lists hold, take and return at a time. All of it under the lists' lock.
 *
 * - **Shapes, units**: pages, but `nrPcpAlloc` answers blocks; `cpu` and `zone` name the lists.
 * - **Source**: mm/page_alloc.c: `zone_batchsize()`, `zone_highsize()`, `nr_pcp_high()`, `nr_pcp_free()`, and v6.12's
 *   `nr_pcp_alloc()`.
 */

/** CONFIG_PCP_BATCH_SCALE_MAX: a batch is doubled at most so often. */
export const PCP_BATCH_SCALE_MAX = 5;
export const PCPF_PREV_FREE_HIGH_ORDER = 1;
const PCPF_FREE_HIGH_BATCH = 2;

/** A thousandth of the zone, at most 1 MiB, a quarter of that, rounded to 2^n - 1. */
export function zoneBatchsize(managed: number): number {
  const quarter = Math.max(1, Math.min(managed >> 10, 256) >> 2);
  const rounded = 2 ** (31 - Math.clz32(quarter + (quarter >> 1)));
  return Math.max(1, rounded - 1);
}

/** The CPUs of the zone's node share `total` pages; at least four batches each. */
export function zoneHighsize(total: number, cpus: number, batch: number): number {
  return Math.max(Math.floor(total / cpus), batch << 2);
}

/** An allocation from the lists lets the next return be smaller. */
export function notePcpAlloc(k: Kernel, zone: number, cpu: number): void {
  const c = k.of(pcpColumns);
  const column = layoutOf(k.world).v61 ? c.freeFactor : c.freeCount;
  const row = zoneCpu(k, zone, cpu);
  const value = column.get(row);
  if (value !== 0) column.set(row, value >> 1);
}

/** Blocks that a refill asks the buddy lists for. */
export function nrPcpAlloc(k: Kernel, zone: number, cpu: number, order: number): number {
  const batch = k.of(pcpColumns).batch.get(zone);
  const pages = layoutOf(k.world).v61 ? batch : scaledBatch(k, zone, zoneCpu(k, zone, cpu), batch, order);
  return pages > 1 ? Math.max(pages >> order, 2) : pages;
}

/** 6.12: the list may grow by what is taken, and order-0 refills in a row double. */
function scaledBatch(k: Kernel, zone: number, row: number, base: number, order: number): number {
  const c = k.of(pcpColumns);
  const [min, max] = [c.highMin.get(row), c.highMax.get(row)];
  let high = clamp(c.high.get(row), min, max);
  c.high.set(row, high);
  if (high < base) return 1;
  const factor = c.allocFactor.get(row);
  const batch = order === 0 ? base << factor : base;
  if (min !== max && k.of(zoneColumns).belowHigh.get(zone) === 0) {
    high = Math.min(high + batch, max);
    c.high.set(row, high);
  }
  if (order !== 0) return batch;
  const most = Math.max(high - k.of(mmColumns).pcpCount.get(row) - base, base);
  if (batch <= most && factor < PCP_BATCH_SCALE_MAX) c.allocFactor.set(row, factor + 1);
  return Math.min(batch, most);
}

/** Pages to return to the buddy lists after a block of `order` was added; 0 while the lists are not full. */
export function nrPcpToFree(k: Kernel, zone: number, cpu: number, order: number): number {
  const row = zoneCpu(k, zone, cpu);
  return layoutOf(k.world).v61 ? toFree61(k, zone, row, order) : toFree612(k, zone, row, order);
}

function toFree61(k: Kernel, zone: number, row: number, order: number): number {
  const c = k.of(pcpColumns);
  const count = k.of(mmColumns).pcpCount.get(row);
  const factor = c.freeFactor.get(row);
  const freeHigh = factor !== 0 && order !== 0 && order <= k.world.geometry.costlyOrder;
  const batch = c.batch.get(zone);
  const limit = c.high.get(row);
  const reclaim = k.of(zoneColumns).reclaimActive.get(zone) === 1;
  const high = limit === 0 || freeHigh ? 0 : reclaim ? Math.min(batch << 2, limit) : limit;
  if (count < high) return 0;
  if (freeHigh) return count;
  if (high < batch) return 1;
  const most = high - batch;
  const pages = batch << factor;
  if (pages < most && factor < PCP_BATCH_SCALE_MAX) c.freeFactor.set(row, factor + 1);
  return clamp(pages, batch, most);
}

function toFree612(k: Kernel, zone: number, row: number, order: number): number {
  const c = k.of(pcpColumns);
  const count = k.of(mmColumns).pcpCount.get(row);
  const batch = c.batch.get(zone);
  c.allocFactor.set(row, c.allocFactor.get(row) >> 1);
  const freeHigh = noteFreedOrder(k, row, order, count, batch);
  const freed = c.freeCount.get(row);
  if (freed < batch << PCP_BATCH_SCALE_MAX) c.freeCount.set(row, freed + 2 ** order);
  const high = tunedHigh(k, zone, row, batch, count, freeHigh);
  if (count < high) return 0;
  if (freeHigh) return Math.min(count, batch << PCP_BATCH_SCALE_MAX);
  if (high < batch) return 1;
  return clamp(c.freeCount.get(row), batch, high - batch);
}

/** High-order frees in a row, a batch of them, with more on the lists than the cache needs: they go back at once. */
function noteFreedOrder(k: Kernel, row: number, order: number, count: number, batch: number): boolean {
  const { flags, freeCount } = k.of(pcpColumns);
  const old = flags.get(row);
  if (order === 0 || order > k.world.geometry.costlyOrder) {
    if ((old & PCPF_PREV_FREE_HIGH_ORDER) !== 0) flags.set(row, old & ~PCPF_PREV_FREE_HIGH_ORDER);
    return false;
  }
  flags.set(row, old | PCPF_PREV_FREE_HIGH_ORDER);
  const inRow = freeCount.get(row) >= batch && (old & PCPF_PREV_FREE_HIGH_ORDER) !== 0;
  return inRow && ((old & PCPF_FREE_HIGH_BATCH) === 0 || count >= batch);
}

/** nr_pcp_high() of 6.12: the length at which the lists count as full, and its tuning. */
function tunedHigh(k: Kernel, zone: number, row: number, batch: number, count: number, freeHigh: boolean): number {
  const c = k.of(pcpColumns);
  const zones = k.of(zoneColumns);
  const [min, max] = [c.highMin.get(row), c.highMax.get(row)];
  const high = clamp(c.high.get(row), min, max);
  c.high.set(row, high);
  if (high === 0) return 0;
  if (freeHigh) {
    c.high.set(row, Math.max(high - (batch << PCP_BATCH_SCALE_MAX), min));
    return 0;
  }
  const freed = c.freeCount.get(row);
  if (zones.reclaimActive.get(zone) === 1) {
    c.high.set(row, Math.max(high - Math.max(freed, batch), min));
    return Math.min(batch << 2, c.high.get(row));
  }
  if (min === max) return high;
  if (zones.belowHigh.get(zone) === 1) {
    c.high.set(row, Math.max(high - Math.max(freed, batch), min));
    return Math.max(count, min);
  }
  if (count >= high && high < freed + batch) c.high.set(row, clamp(freed + batch, min, max));
  return high;
}

/**
 * decay_pcp_high() of 6.12, from the periodic counter update: lets the limit sink by an eighth. Answers the pages to return.
 */
export function decayPcpHigh(k: Kernel, zone: number, cpu: number): number {
  const c = k.of(pcpColumns);
  const row = zoneCpu(k, zone, cpu);
  const count = k.of(mmColumns).pcpCount.get(row);
  const [high, min] = [c.high.get(row), c.highMin.get(row)];
  if (high > min) {
    const least = count - (c.batch.get(zone) << PCP_BATCH_SCALE_MAX);
    c.high.set(row, Math.max(least, high - (high >> 3), min));
  }
  return Math.max(0, count - c.high.get(row));
}

/** As the kernel's clamp(): the lower bound first, then the upper, which wins when they cross. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
