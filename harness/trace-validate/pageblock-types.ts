import type { FreeMap } from "./free-map.ts";
import type { PageblockTypes } from "./result.ts";
import { isDetermined, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, typesIn } from "./rules.ts";

/** Types that every kernel numbers alike; CMA and Isolate depend on the configuration. */
const TYPES_COMPARED = ["Unmovable", "Movable", "Reclaimable", "HighAtomic"] as const;

/**
 * Pageblocks whose type the events have determined, beside the numbers that /proc/pagetypeinfo gives for all: a check of the
 * labels by something that no event says. More determined than recorded, and a label is wrong.
 *
 * Zones that the text does not have are left out.
 */
export function pageblockTypes(free: FreeMap, pagetypeinfo: string): PageblockTypes[] {
  return free.zones.flatMap(({ name, node, startPfn, spanned }) => {
    const recorded = recordedTypes(pagetypeinfo, node, name);
    if (recorded === undefined) return [];
    const determined = TYPES_COMPARED.map(() => 0);
    for (let pfn = startPfn & -PAGEBLOCK_PAGES; pfn < startPfn + spanned; pfn += PAGEBLOCK_PAGES) {
      const mask = free.pageblockMask[pfn >> PAGEBLOCK_ORDER] as number;
      const type = isDetermined(mask) ? typesIn(mask)[0] : undefined;
      if (type !== undefined && type < determined.length) determined[type] = (determined[type] ?? 0) + 1;
    }
    return TYPES_COMPARED.map((type, i) => ({
      zone: name,
      type,
      determined: determined[i] ?? 0,
      recorded: recorded[i] ?? 0,
    }));
  });
}

/** The zone's row of the table "Number of blocks type", or undefined. */
function recordedTypes(text: string, node: number, zone: string): number[] | undefined {
  const table = text.slice(Math.max(0, text.indexOf("Number of blocks type")));
  for (const line of table.split("\n")) {
    const row = /^Node\s+(\d+), zone\s+(\S+)\s+(\d[\d\s]*)$/.exec(line);
    if (row && Number(row[1]) === node && row[2] === zone) return (row[3] ?? "").trim().split(/\s+/).map(Number);
  }
  return undefined;
}
