import type { Kernel } from "../../model/kernel.ts";
import { pcpColumns, zoneColumns, zoneCpu } from "./columns.ts";
import { layoutOf } from "./mm-layout.ts";
import { zoneBatchsize, zoneHighsize } from "./pcp-sizing.ts";
import { LOWMEM_TARGETS } from "./watermark.ts";
import { ZONE_MOVABLE, ZONE_NORMAL, zoneIndex } from "./zones.ts";

/** vm.lowmem_reserve_ratio by zone_idx(): DMA, DMA32, Normal, Movable. */
const LOWMEM_RESERVE_RATIO = [256, 256, 32, 0] as const;

/** vm.watermark_scale_factor, in 1/10000 of the zone. */
const WATERMARK_SCALE_FACTOR = 10;

/** vm.percpu_pagelist_high_fraction may not be smaller: the most of a zone that its per-CPU lists may ever hold is an eighth. */
const HIGH_FRACTION_MIN = 8;

/** PCPF_FREE_HIGH_BATCH: the CPU's share of the cache is larger than three batches, as on any machine of today. */
const PCPF_FREE_HIGH_BATCH = 2;

/**
 * Computes all that depends on the zones' sizes: watermarks, lowmem_reserve, counter thresholds, per-CPU list sizes. At boot
 * and whenever memory comes or goes.
 *
 * A recorded machine brings its own watermarks and list sizes (Zone.watermarks, Zone.pcp), which then stay as they are.
 *
 * - **Source**: `init_per_zone_wmark_min()`, `setup_per_zone_wmarks()`, `zone_pcp_update()` in mm/page_alloc.c,
 *   `refresh_zone_stat_thresholds()` in mm/vmstat.c.
 */
export function setupZones(k: Kernel): void {
  setupPerZoneWmarks(k, minFreeKbytes(k));
  setupLowmemReserve(k);
  for (let zone = 0; zone < k.world.zones.length; zone++) {
    setupStatThreshold(k, zone);
    setupPcp(k, zone);
  }
}

/**
 * calculate_min_free_kbytes(): four times the root of the lowmem size in KiB, 128 to 262144.
 *
 * - **Leaves out**: khugepaged's larger minimum where transparent huge pages are always on.
 */
export function minFreeKbytes(k: Kernel): number {
  let pages = 0;
  for (let zone = 0; zone < k.world.zones.length; zone++) {
    if (zoneIndex(k, zone) <= ZONE_NORMAL) pages += managedPages(k, zone);
  }
  return Math.min(Math.max(Math.floor(Math.sqrt(pages * 4 * 16)), 128), 262_144);
}

/** Divides the minimum among the zones by size; low, high and promo follow at a quarter of it or a thousandth of the zone. */
export function setupPerZoneWmarks(k: Kernel, minKbytes: number): void {
  const c = k.of(zoneColumns);
  const pagesMin = minKbytes >> 2;
  const lowmem = Math.max(lowmemPages(k), 1);
  for (let zone = 0; zone < k.world.zones.length; zone++) {
    const managed = managedPages(k, zone);
    const share = Math.floor((pagesMin * managed) / lowmem);
    const told = k.world.zones[zone]?.watermarks;
    const min = told?.min ?? (isCapped(k, zone) ? Math.min(Math.max(managed >> 10, 32), 128) : share);
    const step = Math.max(share >> 2, Math.floor((managed * WATERMARK_SCALE_FACTOR) / 10_000));
    const low = told?.low ?? min + step;
    const high = told?.high ?? low + step;
    c.wmarkMin.set(zone, min);
    c.wmarkLow.set(zone, low);
    c.wmarkHigh.set(zone, high);
    c.wmarkPromo.set(zone, high + (told === undefined ? step : high - low));
    c.boost.set(zone, 0);
  }
}

/**
 * lowmem_reserve: what a zone keeps back from requests that may be served by the zones above it on its node, a fraction of
 * their sizes.
 *
 * v6.12 at first gave 0 where the highest zone is empty; its stable series counts the zones between again, as 6.1 does and
 * as recorded machines of both show in /proc/zoneinfo.
 */
export function setupLowmemReserve(k: Kernel): void {
  const { lowmemReserve } = k.of(zoneColumns);
  const { zones } = k.world;
  for (let zone = 0; zone < zones.length; zone++) {
    const index = zoneIndex(k, zone);
    const ratio = LOWMEM_RESERVE_RATIO[index] as number;
    let above = 0;
    for (let target = index + 1; target < LOWMEM_TARGETS; target++) {
      above += managedOf(k, zones[zone]?.node ?? 0, target);
      const reserve = ratio === 0 || managedPages(k, zone) === 0 ? 0 : Math.floor(above / ratio);
      lowmemReserve.set(zone * LOWMEM_TARGETS + target, reserve);
    }
  }
}

/** How far a CPU's share of a counter may run ahead, by CPUs and size of the zone. **Source**: `calculate_normal_threshold()`. */
export function normalThreshold(k: Kernel, zone: number): number {
  return Math.min(125, 2 * fls(k.world.cpus) * (1 + fls(managedPages(k, zone) >> 15)));
}

/** The same while kswapd is awake: all CPUs together stay within the distance of min and low. **Source**: `calculate_pressure_threshold()`. */
export function pressureThreshold(k: Kernel, zone: number): number {
  const c = k.of(zoneColumns);
  const distance = c.wmarkLow.get(zone) - c.wmarkMin.get(zone);
  return Math.min(125, Math.max(1, Math.floor(distance / k.world.cpus)));
}

/** zone_pcp_update(): batch and limits of a zone's per-CPU lists. */
export function setupPcp(k: Kernel, zone: number): void {
  const c = k.of(pcpColumns);
  const { v61, splitCpus } = layoutOf(k.world);
  const told = k.world.zones[zone]?.pcp;
  const managed = managedPages(k, zone);
  const cpus = splitCpus[k.world.zones[zone]?.node ?? 0] ?? k.world.cpus;
  const batch = told?.batch ?? zoneBatchsize(managed);
  const high = zoneHighsize(k.of(zoneColumns).wmarkLow.get(zone), cpus, batch);
  const fixed = told?.high ?? high;
  const most = zoneHighsize(Math.floor(managed / HIGH_FRACTION_MIN), cpus, batch);
  c.batch.set(zone, batch);
  for (let cpu = 0; cpu < k.world.cpus; cpu++) {
    const row = zoneCpu(k, zone, cpu);
    c.highMin.set(row, v61 ? fixed : high);
    c.highMax.set(row, v61 ? fixed : most);
    if (v61 || c.high.get(row) === 0) c.high.set(row, fixed);
    if (!v61) c.flags.set(row, c.flags.get(row) | PCPF_FREE_HIGH_BATCH);
  }
}

function setupStatThreshold(k: Kernel, zone: number): void {
  const c = k.of(zoneColumns);
  const threshold = normalThreshold(k, zone);
  const drift = threshold * k.world.cpus;
  const harmless = drift <= c.wmarkLow.get(zone) - c.wmarkMin.get(zone);
  c.statThreshold.set(zone, threshold);
  c.driftMark.set(zone, harmless ? 0 : c.wmarkHigh.get(zone) + drift);
}

/** 6.12 does not count ZONE_MOVABLE, whose minimum it caps. */
function lowmemPages(k: Kernel): number {
  let pages = 0;
  for (let zone = 0; zone < k.world.zones.length; zone++) if (!isCapped(k, zone)) pages += managedPages(k, zone);
  return pages;
}

function isCapped(k: Kernel, zone: number): boolean {
  return !layoutOf(k.world).v61 && zoneIndex(k, zone) === ZONE_MOVABLE;
}

function managedOf(k: Kernel, node: number, index: number): number {
  let pages = 0;
  for (let zone = 0; zone < k.world.zones.length; zone++) {
    if (k.world.zones[zone]?.node === node && zoneIndex(k, zone) === index) pages += managedPages(k, zone);
  }
  return pages;
}

function managedPages(k: Kernel, zone: number): number {
  return k.of(zoneColumns).managed.get(zone);
}

/** Place of the highest bit, from 1; 0 for 0. */
function fls(value: number): number {
  return 32 - Math.clz32(value);
}
