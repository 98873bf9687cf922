import type { TraceZone } from "../trace/meta.ts";
import { type FirstReading, type ListedAtStart, listKey } from "./first-reading.ts";
import { PCP_ORDERS } from "./pcp-orders.ts";
import type { ZoneSnapshot } from "./proc-snapshot.ts";

/** Where a page lies that nothing moves: the less a list is used the likelier. */
const TYPES_BY_USE = [2, 0, 1] as const;

/**
 * Pages that lay on the pcplists all the time and that no event names: as many as zoneinfo counts more than the events account
 * for. Which they are is not recorded; any page will do that is neither free nor ever named.
 *
 * They lie at the end of lists that the trace neither refills nor drains: a refill would have needed the list empty, a drain
 * would have named them first. Single pages where such a list is one of single pages.
 *
 * - **Shapes, units**: `listedThen` pages by CPU, when zoneinfo was read.
 */
export function unnamedPages(
  first: FirstReading,
  zones: readonly TraceZone[],
  zoneinfo: readonly ZoneSnapshot[],
  listedThen: readonly number[],
  types: Int8Array,
  blockShift: number,
): ListedAtStart[] {
  const zone = zones.reduce((largest, next) => (next.managed > largest.managed ? next : largest));
  const pagesets = zoneinfo.find((each) => each.zone === zone.name && each.node === zone.node)?.pagesets ?? [];
  const found: ListedAtStart[] = [];
  // From the end of the zone, where no kernel image lies.
  let pfn = zone.startPfn + zone.spanned - 1;
  listedThen.forEach((listed, cpu) => {
    let missing = (pagesets[cpu]?.count ?? 0) - listed;
    const list = quietList(first, cpu);
    if (list === undefined) return;
    const { migratetype, order } = list;
    for (; missing >= 1 << order && pfn >= zone.startPfn; pfn--) {
      if (!isFree(first, pfn, order) || types[pfn >>> blockShift] !== migratetype) continue;
      found.push({ pfn, order, migratetype, cpu, how: "unnamed" });
      missing -= 1 << order;
    }
  });
  return found;
}

function isFree(first: FirstReading, pfn: number, order: number): boolean {
  if (pfn % (1 << order) !== 0) return false;
  for (let page = pfn; page < pfn + (1 << order); page++) if (!first.isNeverNamed(page)) return false;
  return true;
}

function quietList(first: FirstReading, cpu: number): { migratetype: number; order: number } | undefined {
  for (const order of PCP_ORDERS)
    for (const migratetype of TYPES_BY_USE)
      if (!first.stirred.has(listKey(cpu, migratetype, order))) return { migratetype, order };
  return undefined;
}
