import type { Kernel } from "../../../model/kernel.ts";
import { buddyList } from "../buddy.ts";
import { mmColumns } from "../columns.ts";
import { freetypeOf, MIGRATE_CMA, MIGRATE_TYPES, MIGRATETYPE_NAMES, migratetypeOfFreetype } from "../freetype.ts";

/** Blocks of a list that pagetypeinfo counts before it stops: the zone lock is held meanwhile. */
const COUNT_MAX = 100_000;

/**
 * /proc/buddyinfo: free blocks of each order, all types together, one line per populated zone.
 *
 * - **Context**: none; reads columns only, between two steps.
 * - **Source**: `frag_show_print()` in mm/vmstat.c, v6.1 and v6.12 alike.
 */
export function buddyinfo(k: Kernel): string {
  return populatedZones(k)
    .map((zone) => {
      const counts = orders(k).map((order) => {
        let blocks = 0;
        for (let type = 0; type < k.world.freetypes; type++) blocks += k.lists.length(buddyList(k, zone, order, type));
        return `${pad(blocks, 6)} `;
      });
      return `${zoneHead(k, zone)} ${counts.join("")}\n`;
    })
    .join("");
}

/**
 * /proc/pagetypeinfo: free blocks by migratetype and order, and pageblocks by label, node by node. A design's own flags are
 * not told apart, as a kernel that knows nothing of them would print it.
 *
 * - **Leaves out**: the mixed blocks, which need page_owner.
 * - **Source**: `pagetypeinfo_show()` in mm/vmstat.c. The CMA column is that of a kernel with CMA configured.
 */
export function pagetypeinfo(k: Kernel): string {
  return nodes(k)
    .map((node) => {
      const zones = populatedZones(k).filter((zone) => k.world.zones[zone]?.node === node);
      return zones.length === 0 ? "" : `${blockSize(k)}\n${freeCounts(k, zones)}\n${blockCounts(k, zones)}`;
    })
    .join("");
}

/** A number or a name, right-aligned in a column. */
export function pad(value: number | string, width: number): string {
  return String(value).padStart(width);
}

/** Indices of the zones that have memory, in the order of node and zone. */
export function populatedZones(k: Kernel): number[] {
  return k.world.zones.flatMap((zone, index) => (zone.spanned > 0 ? [index] : []));
}

export function nodes(k: Kernel): number[] {
  return Array.from({ length: k.world.nodes }, (_, node) => node);
}

/** The migratetypes of a kernel built for this world: CMA only where there is some. */
export function migratetypes(k: Kernel): number[] {
  const hasCma = (k.world.whole?.cmaBlocks ?? 0) > 0;
  return MIGRATETYPE_NAMES.map((_, type) => type).filter((type) => hasCma || type !== MIGRATE_CMA);
}

function zoneHead(k: Kernel, zone: number): string {
  const told = k.world.zones[zone];
  return `Node ${told?.node ?? 0}, zone ${pad(told?.name ?? "", 8)}`;
}

function blockSize(k: Kernel): string {
  const { pageblockOrder } = k.world.geometry;
  return `Page block order: ${pageblockOrder}\nPages per block:  ${2 ** pageblockOrder}\n`;
}

function freeCounts(k: Kernel, zones: readonly number[]): string {
  const title = `${"Free pages count per migrate type at order".padEnd(43)} `;
  const head = `${title}${orders(k)
    .map((order) => `${pad(order, 6)} `)
    .join("")}\n`;
  const lines = zones.flatMap((zone) => migratetypes(k).map((type) => freeCountsOf(k, zone, type)));
  return head + lines.join("");
}

function freeCountsOf(k: Kernel, zone: number, migratetype: number): string {
  const told = k.world.zones[zone];
  const counts = orders(k).map((order) => {
    let blocks = 0;
    for (let flags = 0; flags < k.world.freetypes / MIGRATE_TYPES; flags++)
      blocks += k.lists.length(buddyList(k, zone, order, freetypeOf(k, migratetype, flags)));
    return `${blocks >= COUNT_MAX ? ">" : ""}${pad(Math.min(blocks, COUNT_MAX), 6)} `;
  });
  const name = pad(MIGRATETYPE_NAMES[migratetype] ?? "", 12);
  return `Node ${pad(told?.node ?? 0, 4)}, zone ${pad(told?.name ?? "", 8)}, type ${name} ${counts.join("")}\n`;
}

function blockCounts(k: Kernel, zones: readonly number[]): string {
  const types = migratetypes(k);
  const names = types.map((type) => `${pad(MIGRATETYPE_NAMES[type] ?? "", 12)} `);
  const head = `${"Number of blocks type ".padEnd(23)}${names.join("")}\n`;
  const lines = zones.map((zone) => {
    const counts = countBlocks(k, zone);
    return `${zoneHead(k, zone)} ${types.map((type) => `${pad(counts[type] ?? 0, 12)} `).join("")}\n`;
  });
  return head + lines.join("");
}

function countBlocks(k: Kernel, zone: number): number[] {
  const { blockType } = k.of(mmColumns);
  const { pageblockOrder } = k.world.geometry;
  const { startPfn, spanned } = k.world.zones[zone] ?? { startPfn: 0, spanned: 0 };
  const counts = new Array<number>(MIGRATE_TYPES).fill(0);
  for (let pfn = startPfn; pfn < startPfn + spanned; pfn += 2 ** pageblockOrder) {
    const type = migratetypeOfFreetype(k, blockType.get(pfn >>> pageblockOrder));
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

function orders(k: Kernel): number[] {
  return Array.from({ length: k.world.geometry.maxOrder + 1 }, (_, order) => order);
}
