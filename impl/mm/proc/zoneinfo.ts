import type { Kernel } from "../../../model/kernel.ts";
import { ZONE_NAMES } from "../../../model/zone.ts";
import { mmColumns, pcpColumns, zoneColumns, zoneCpu } from "../columns.ts";
import { freePagesSeen } from "../free-accounting.ts";
import { layoutOf } from "../mm-layout.ts";
import { pgdatColumns } from "../reclaim/columns.ts";
import { MAX_RECLAIM_RETRIES } from "../reclaim/limits.ts";
import { nodes, pad } from "./buddyinfo.ts";
import { type Counter, nodeCounters, zoneCounters } from "./counters.ts";

/** All zones that an x86-64 kernel knows; the last is never populated here. */
const NAMES = [...ZONE_NAMES, "Device"] as const;

/**
 * /proc/zoneinfo: every zone of every node, populated or not, with its watermarks, counters and per-CPU lists.
 *
 * - **Leaves out**: counters that the model does not keep (slab, mapped, NUMA hits); `present` is `spanned`, since a zone has no
 *   hole of its own here.
 * - **Source**: `zoneinfo_show_print()` in mm/vmstat.c; 6.12 prints the promo watermark, 6.1 does not.
 */
export function zoneinfo(k: Kernel): string {
  return nodes(k)
    .map((node) => NAMES.map((name) => zoneText(k, node, name)).join(""))
    .join("");
}

function zoneText(k: Kernel, node: number, name: string): string {
  const zone = k.world.zones.findIndex((told) => told.node === node && told.name === name && told.spanned > 0);
  const head = `Node ${node}, zone ${pad(name, 8)}`;
  if (zone < 0) return `${head}${sizes(k, -1)}\n`;
  return `${head}${perNode(k, node, zone)}${sizes(k, zone)}${counters(zoneCounters(k, zone))}${pagesets(k, zone)}${tail(k, node, zone)}\n`;
}

/** Only the first populated zone of a node carries the node's counters. */
function perNode(k: Kernel, node: number, zone: number): string {
  const first = k.world.zones.findIndex((told) => told.node === node && told.spanned > 0);
  return first === zone ? `\n  per-node stats${counters(nodeCounters(k, node))}` : "";
}

function counters(list: readonly Counter[]): string {
  return list.map(([name, value]) => `\n      ${name.padEnd(12)} ${value}`).join("");
}

/** Free pages, watermarks and sizes of a zone, all zero for one without memory (-1). */
function sizes(k: Kernel, zone: number): string {
  const c = k.of(zoneColumns);
  const boost = zone < 0 ? 0 : c.boost.get(zone);
  const of = (column: { get(row: number): number }, extra = 0): number => (zone < 0 ? 0 : column.get(zone) + extra);
  const told = k.world.zones[zone];
  const lines: readonly (readonly [string, number])[] = [
    ["  pages free     ", zone < 0 ? 0 : freePagesSeen(k, zone)],
    ["        boost    ", boost],
    ["        min      ", of(c.wmarkMin, boost)],
    ["        low      ", of(c.wmarkLow, boost)],
    ["        high     ", of(c.wmarkHigh, boost)],
    ...(layoutOf(k.world).v61 ? [] : [["        promo    ", of(c.wmarkPromo, boost)] as const]),
    ["        spanned  ", told?.spanned ?? 0],
    ["        present  ", told?.spanned ?? 0],
    ["        managed  ", of(c.managed)],
    ["        cma      ", cmaPages(k, zone)],
  ];
  return `${lines.map(([label, value]) => `\n${label}${value}`).join("")}\n        protection: (${protection(k, zone)})`;
}

/** CMA areas lie at the end of the last zone. */
function cmaPages(k: Kernel, zone: number): number {
  const { whole, zones, geometry } = k.world;
  return zone === zones.length - 1 ? (whole?.cmaBlocks ?? 0) * 2 ** geometry.pageblockOrder : 0;
}

/** lowmem_reserve[]; requests for device memory are kept out of a zone as much as movable ones. */
function protection(k: Kernel, zone: number): string {
  if (zone < 0) return NAMES.map(() => 0).join(", ");
  const { lowmemReserve } = k.of(zoneColumns);
  const told = ZONE_NAMES.map((_, target) => lowmemReserve.get(zone * ZONE_NAMES.length + target));
  return [...told, told.at(-1) ?? 0].join(", ");
}

function pagesets(k: Kernel, zone: number): string {
  const { pcpCount } = k.of(mmColumns);
  const pcp = k.of(pcpColumns);
  let text = "\n  pagesets";
  for (let cpu = 0; cpu < k.world.cpus; cpu++) {
    const row = zoneCpu(k, zone, cpu);
    text +=
      `\n    cpu: ${cpu}` +
      `\n              count: ${pcpCount.get(row)}` +
      `\n              high:  ${pcp.high.get(row)}` +
      `\n              batch: ${pcp.batch.get(zone)}` +
      `\n  vm stats threshold: ${k.of(zoneColumns).statThreshold.get(zone)}`;
  }
  return text;
}

/** A node on which kswapd has failed too often is given up until somebody else makes progress there. */
function tail(k: Kernel, node: number, zone: number): string {
  const unreclaimable = k.of(pgdatColumns).kswapdFailures.get(node) >= MAX_RECLAIM_RETRIES ? 1 : 0;
  const start = k.world.zones[zone]?.startPfn ?? 0;
  return `\n  node_unreclaimable:  ${unreclaimable}\n  start_pfn:           ${start}`;
}
