import { defineColumns } from "../../../model/column.ts";
import type { World } from "../../../model/world.ts";

const whole = (w: World): boolean => w.whole !== undefined;
const pages = (w: World): number => w.pages;

/**
 * The lists from which reclaim and compaction take pages, and the flags of `struct page` that they go by.
 *
 * Pages on them are allocated: the links are their own, apart from those of the free lists. Nine bytes a page.
 *
 * - **Units**: pages. `shelf` is the list's place: node × LRU_LISTS + LRU_*.
 */
export const lruColumns = defineColumns("lru", {
  next: { sort: "pfn", owner: "mm", per: ["page"], link: true, when: whole },
  prev: { sort: "pfn", owner: "mm", per: ["page"], link: true, when: whole },
  /** PG_* bits of the page, at the head of its block: see lru-flags below. */
  flags: { sort: "count", owner: "mm", per: ["page"], max: () => 255, when: whole },
  first: { sort: "pfn", owner: "mm", per: ["shelf"], link: true, when: whole },
  last: { sort: "pfn", owner: "mm", per: ["shelf"], link: true, when: whole },
  /** NR_INACTIVE_ANON … NR_UNEVICTABLE of the node. */
  size: { sort: "count", owner: "mm", per: ["shelf"], max: pages, when: whole },
  /** NR_ZONE_INACTIVE_ANON … NR_ZONE_UNEVICTABLE. */
  zoneInactiveAnon: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  zoneActiveAnon: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  zoneInactiveFile: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  zoneActiveFile: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  zoneUnevictable: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  /** NR_FILE_DIRTY and NR_WRITEBACK of the node; NR_ISOLATED_ANON and _FILE in folios. */
  dirty: { sort: "count", owner: "mm", per: ["node"], max: pages, when: whole },
  writeback: { sort: "count", owner: "mm", per: ["node"], max: pages, when: whole },
  isolatedAnon: { sort: "count", owner: "mm", per: ["node"], max: pages, when: whole },
  isolatedFile: { sort: "count", owner: "mm", per: ["node"], max: pages, when: whole },
  /** The flusher thread was asked to write dirty page cache. */
  flushWanted: { sort: "bool", owner: "mm", per: ["node"], when: whole },
  /** A CPU's folio batch: pages on their way to a list. */
  batchFirst: { sort: "pfn", owner: "mm", per: ["cpu"], link: true, when: whole },
  batchLast: { sort: "pfn", owner: "mm", per: ["cpu"], link: true, when: whole },
  batchCount: { sort: "count", owner: "mm", per: ["cpu"], max: () => 31, when: whole },
  /** Pages that a reclaim or compaction on this level has isolated and not yet dealt with. */
  isolatedFirst: { sort: "pfn", owner: "mm", per: ["level"], link: true, when: whole },
  isolatedLast: { sort: "pfn", owner: "mm", per: ["level"], link: true, when: whole },
  /** Slots of the swap device in use. */
  swapUsed: { sort: "count", owner: "mm", per: [], max: (w) => w.whole?.swapPages ?? 0, when: whole },
});

/** Columns that moving a page between lists reads or writes. */
export const LRU_COLUMNS = [
  "lru.next",
  "lru.prev",
  "lru.flags",
  "lru.first",
  "lru.last",
  "lru.size",
  "lru.zoneInactiveAnon",
  "lru.zoneActiveAnon",
  "lru.zoneInactiveFile",
  "lru.zoneActiveFile",
  "lru.zoneUnevictable",
  "lru.dirty",
  "lru.writeback",
  "lru.isolatedAnon",
  "lru.isolatedFile",
  "lru.batchFirst",
  "lru.batchLast",
  "lru.batchCount",
  "lru.isolatedFirst",
  "lru.isolatedLast",
  "lru.swapUsed",
  "ledger.order",
  "ledger.use",
] as const;
