import { defineColumns } from "../../../model/column.ts";
import type { World } from "../../../model/world.ts";

const whole = (w: World): boolean => w.whole !== undefined;

/**
 * What compaction remembers of a zone between runs.
 *
 * - **Units**: cached scanner positions are links: none means "begin at the zone's end".
 * - **Source**: `struct zone` in include/linux/mmzone.h, the skip bits of the pageblock bitmap.
 */
export const compactColumns = defineColumns("compact", {
  /** compact_considered: attempts since the last failure. */
  considered: { sort: "count", owner: "mm", per: ["zone"], max: () => 64, when: whole },
  deferShift: { sort: "count", owner: "mm", per: ["zone"], max: () => 6, when: whole },
  orderFailed: { sort: "count", owner: "mm", per: ["zone"], max: () => 255, when: whole },
  cachedMigrateAsync: { sort: "pfn", owner: "mm", per: ["zone"], link: true, when: whole },
  cachedMigrateSync: { sort: "pfn", owner: "mm", per: ["zone"], link: true, when: whole },
  cachedFree: { sort: "pfn", owner: "mm", per: ["zone"], link: true, when: whole },
  /** compact_init_migrate_pfn: a run that begins here looks at the whole zone. */
  initMigrate: { sort: "pfn", owner: "mm", per: ["zone"], link: true, when: whole },
  blockskipFlush: { sort: "bool", owner: "mm", per: ["zone"], when: whole },
  /** PB_migrate_skip. */
  skip: { sort: "bool", owner: "mm", per: ["block"], when: whole },
});

/** `struct compact_control`: one row per CPU and level, zero when nothing is being compacted there. */
export const ccColumns = defineColumns("cc", {
  /** The zone being compacted; -1 and -2 do not occur: `running` says whether there is one. */
  zone: { sort: "zone", owner: "mm", per: ["level"], when: whole },
  running: { sort: "bool", owner: "mm", per: ["level"], when: whole },
  /** Order wanted, + 1; 0 is "as far as it goes" (compact_memory). */
  order: { sort: "order", owner: "mm", per: ["level"], link: true, when: whole },
  gfp: { sort: "count", owner: "mm", per: ["level"], when: whole },
  allocFlags: { sort: "count", owner: "mm", per: ["level"], max: () => 0xffff, when: whole },
  highest: { sort: "count", owner: "mm", per: ["level"], max: () => 3, when: whole },
  freetype: { sort: "freetype", owner: "mm", per: ["level"], when: whole },
  /** MIGRATE_ASYNC, _SYNC_LIGHT, _SYNC. */
  mode: { sort: "count", owner: "mm", per: ["level"], max: () => 2, when: whole },
  /** CC_* bits. */
  flags: { sort: "count", owner: "mm", per: ["level"], max: () => 0xff, when: whole },
  migratePfn: { sort: "pfn", owner: "mm", per: ["level"], link: true, when: whole },
  freePfn: { sort: "pfn", owner: "mm", per: ["level"], link: true, when: whole },
  lastMigrated: { sort: "pfn", owner: "mm", per: ["level"], link: true, when: whole },
  migrateScanned: { sort: "count", owner: "mm", per: ["level"], when: whole },
  freeScanned: { sort: "count", owner: "mm", per: ["level"], when: whole },
  /** Page being moved (its old frame, to be freed). */
  moving: { sort: "pfn", owner: "mm", per: ["level"], link: true, when: whole },
  /** nr_migratepages: isolated and waiting to be moved. */
  held: { sort: "count", owner: "mm", per: ["level"], when: whole },
  failed: { sort: "bool", owner: "mm", per: ["level"], when: whole },
  /** COMPACT_* of the zone, and of the zones so far. */
  status: { sort: "count", owner: "mm", per: ["level"], max: () => 8, when: whole },
  result: { sort: "count", owner: "mm", per: ["level"], max: () => 8, when: whole },
  zoneref: { sort: "count", owner: "mm", per: ["level"], max: () => 15, when: whole },
  /** The zone in which a freed block of the order is caught for this compactor, + 1. */
  capture: { sort: "zone", owner: "mm", per: ["level"], link: true, when: whole },
});

export const CC_DIRECT = 1;
export const CC_WHOLE_ZONE = 2;
export const CC_IGNORE_SKIP = 4;
export const CC_IGNORE_BLOCK_SUITABLE = 8;
export const CC_FINISH_PAGEBLOCK = 16;
export const CC_UPDATE_CACHED = 32;

export const MIGRATE_ASYNC = 0;
export const MIGRATE_SYNC_LIGHT = 1;
export const MIGRATE_SYNC = 2;

/** enum compact_priority: lower is more urgent. */
export const COMPACT_PRIO_SYNC_FULL = 0;
export const COMPACT_PRIO_SYNC_LIGHT = 1;
export const COMPACT_PRIO_ASYNC = 2;

/** enum compact_result; a later one is more definite. */
export const COMPACT_SKIPPED = 1;
export const COMPACT_DEFERRED = 2;
export const COMPACT_CONTINUE = 4;
export const COMPACT_COMPLETE = 5;
export const COMPACT_PARTIAL_SKIPPED = 6;
export const COMPACT_CONTENDED = 7;
export const COMPACT_SUCCESS = 8;

export const CC_COLUMNS: readonly string[] = Object.keys(ccColumns.specs).map((key) => `cc.${key}`);
export const COMPACT_COLUMNS: readonly string[] = Object.keys(compactColumns.specs).map((key) => `compact.${key}`);
