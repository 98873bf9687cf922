import { defineColumns } from "../../../model/column.ts";
import type { World } from "../../../model/world.ts";

const whole = (w: World): boolean => w.whole !== undefined;

/**
 * `struct scan_control`: one row per CPU and level of execution, zero when nothing is being reclaimed there.
 *
 * - **Units**: pages; `nr*` are what is still to be scanned of each list at this priority.
 */
export const scColumns = defineColumns("sc", {
  order: { sort: "order", owner: "mm", per: ["level"], when: whole },
  gfp: { sort: "count", owner: "mm", per: ["level"], when: whole },
  /** Scan 1 / 2^priority of a list at a time: 12 at first, then down to 0. */
  priority: { sort: "count", owner: "mm", per: ["level"], max: () => 12, when: whole },
  reclaimIdx: { sort: "count", owner: "mm", per: ["level"], max: () => 3, when: whole },
  node: { sort: "node", owner: "mm", per: ["level"], when: whole },
  /** SC_* bits. */
  flags: { sort: "count", owner: "mm", per: ["level"], max: () => 0xffff, when: whole },
  toReclaim: { sort: "count", owner: "mm", per: ["level"], when: whole },
  reclaimed: { sort: "count", owner: "mm", per: ["level"], when: whole },
  scanned: { sort: "count", owner: "mm", per: ["level"], when: whole },
  /** nr_reclaimed when this node, or this round of kswapd, was begun. */
  reclaimedBefore: { sort: "count", owner: "mm", per: ["level"], when: whole },
  reclaimedAtRound: { sort: "count", owner: "mm", per: ["level"], when: whole },
  /** Place in the zonelist, and the nodes already shrunk at this priority, as bits. */
  zoneref: { sort: "count", owner: "mm", per: ["level"], max: () => 15, when: whole },
  nodesDone: { sort: "count", owner: "mm", per: ["level"], max: () => 3, when: whole },
  nrInactiveAnon: { sort: "count", owner: "mm", per: ["level"], when: whole },
  nrActiveAnon: { sort: "count", owner: "mm", per: ["level"], when: whole },
  nrInactiveFile: { sort: "count", owner: "mm", per: ["level"], when: whole },
  nrActiveFile: { sort: "count", owner: "mm", per: ["level"], when: whole },
  /** The list whose turn it is in the round, LRU_*. */
  list: { sort: "count", owner: "mm", per: ["level"], max: () => 4, when: whole },
  /** struct reclaim_stat of the isolated batch, and its sums over the node (sc->nr). */
  batchTaken: { sort: "count", owner: "mm", per: ["level"], when: whole },
  batchUnqueuedDirty: { sort: "count", owner: "mm", per: ["level"], when: whole },
  taken: { sort: "count", owner: "mm", per: ["level"], when: whole },
  fileTaken: { sort: "count", owner: "mm", per: ["level"], when: whole },
  unqueuedDirty: { sort: "count", owner: "mm", per: ["level"], when: whole },
  writeback: { sort: "count", owner: "mm", per: ["level"], when: whole },
  /** The page being freed, and its flags before. */
  freeing: { sort: "pfn", owner: "mm", per: ["level"], link: true, when: whole },
  /** kswapd: nr_boost_reclaim, and the order and highest zone it was woken for. */
  boostReclaim: { sort: "count", owner: "mm", per: ["level"], when: whole },
  allocOrder: { sort: "order", owner: "mm", per: ["level"], when: whole },
});

/** `struct pglist_data`: what wakes kswapd and kcompactd, and what kswapd knows of its node. */
export const pgdatColumns = defineColumns("pgdat", {
  kswapdOrder: { sort: "order", owner: "mm", per: ["node"], when: whole },
  /** Highest zone index to balance, + 1; 0 is MAX_NR_ZONES: nobody has asked. */
  kswapdHighest: { sort: "count", owner: "mm", per: ["node"], max: () => 4, when: whole },
  kswapdFailures: { sort: "count", owner: "mm", per: ["node"], max: () => 31, when: whole },
  /** kswapd has been woken and not yet begun; it is running. */
  kswapdWanted: { sort: "bool", owner: "mm", per: ["node"], when: whole },
  kswapdRunning: { sort: "bool", owner: "mm", per: ["node"], when: whole },
  kcompactdWanted: { sort: "bool", owner: "mm", per: ["node"], when: whole },
  kcompactdOrder: { sort: "order", owner: "mm", per: ["node"], when: whole },
  kcompactdHighest: { sort: "count", owner: "mm", per: ["node"], max: () => 4, when: whole },
  /** PGDAT_DIRTY: reclaim meets mostly dirty pages, kswapd may write. PGDAT_WRITEBACK: mostly pages under writeback. */
  dirty: { sort: "bool", owner: "mm", per: ["node"], when: whole },
  writeback: { sort: "bool", owner: "mm", per: ["node"], when: whole },
  /** zone_boosts[] of balance_pgdat. */
  boosts: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  /** oom_lock: the CPU-and-level row that holds it, + 1. */
  oomLock: { sort: "count", owner: "mm", per: [], max: () => 255, when: whole },
});

/** Bits of `sc.flags`. */
export const SC_KSWAPD = 1;
export const SC_MAY_WRITEPAGE = 2;
export const SC_MAY_SWAP = 4;
export const SC_COMPACTION_READY = 8;
export const SC_SKIPPED_DEACTIVATE = 16;
export const SC_FORCE_DEACTIVATE = 32;
export const SC_FULL_WALK = 64;
export const SC_DEACTIVATE_ANON = 128;
export const SC_DEACTIVATE_FILE = 256;
export const SC_RAISE_PRIORITY = 512;
export const SC_BOOSTED = 1024;
/** Progress was made on the node (shrink_node's `reclaimable`). */
export const SC_RECLAIMABLE = 2048;

export const SC_COLUMNS: readonly string[] = Object.keys(scColumns.specs).map((key) => `sc.${key}`);
export const PGDAT_COLUMNS: readonly string[] = Object.keys(pgdatColumns.specs).map((key) => `pgdat.${key}`);
