import { defineColumns } from "../../model/column.ts";
import type { Kernel } from "../../model/kernel.ts";
import type { World } from "../../model/world.ts";

const whole = (w: World): boolean => w.whole !== undefined;
const v61 = (w: World): boolean => w.whole?.kernel === "6.1";
const pages = (w: World): number => w.pages * 2;

/** The page allocator's own state: what mm/ keeps in `struct page`, `struct zone` and the pageblock bitmap. */
export const mmColumns = defineColumns("mm", {
  /** PageBuddy and its order, + 1, at the head of a free buddy block. */
  buddy: { sort: "order", owner: "mm", per: ["page"], link: true },
  /** The pageblock's freetype. */
  blockType: { sort: "freetype", owner: "mm", per: ["block"] },
  /** NR_FREE_PAGES, exact; free pages of type ISOLATE do not count. */
  nrFree: { sort: "count", owner: "mm", per: ["zone"], max: pages },
  /** Pages on a CPU's pcplists of a zone, all lists together. */
  pcpCount: { sort: "count", owner: "mm", per: ["zone", "cpu"], max: pages },
  /**
   * 6.1 alone: the type of the list that a free block is on, which need not be its pageblock's, and the type that a page on a
   * per-CPU list had when it came there (get_pcppage_migratetype). At the head.
   */
  listedType: { sort: "freetype", owner: "mm", per: ["page"], when: v61 },
});

/** `struct zone`, beyond what the fast path in a single zone needs. Units: pages. */
export const zoneColumns = defineColumns("zone", {
  wmarkMin: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  wmarkLow: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  wmarkHigh: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  wmarkPromo: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  /** watermark_boost. */
  boost: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  /** ZONE_BOOSTED_WATERMARK. */
  boosted: { sort: "bool", owner: "mm", per: ["zone"], when: whole },
  /** lowmem_reserve[highest zone index of the request]. */
  lowmemReserve: { sort: "count", owner: "mm", per: ["zone", "zoneTarget"], when: whole },
  /** NR_FREE_PAGES as readers without the lock see it, + 4096: behind by what the CPUs have not yet folded in. */
  nrFreeSeen: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  /** vm_stat_diff of NR_FREE_PAGES, + 128. */
  freeDiff: { sort: "count", owner: "mm", per: ["zone", "cpu"], max: () => 255, when: whole },
  statThreshold: { sort: "count", owner: "mm", per: ["zone"], max: () => 125, when: whole },
  nrFreeCma: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  nrFreeHighatomic: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  nrReservedHighatomic: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  nrIsolateBlocks: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  managed: { sort: "count", owner: "mm", per: ["zone"], max: pages, when: whole },
  /** percpu_drift_mark: below it the free count is summed up over all CPUs; 0 where their drift can do no harm. */
  driftMark: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  /** ZONE_BELOW_HIGH (6.12): allocations have met fewer free pages than the high watermark. */
  belowHigh: { sort: "bool", owner: "mm", per: ["zone"], when: whole },
  /** ZONE_RECLAIM_ACTIVE: kswapd is at work, frees keep few pages on the per-CPU lists. */
  reclaimActive: { sort: "bool", owner: "mm", per: ["zone"], when: whole },
  /** pcpu_drain_mutex: the CPU that drains all. */
  drainer: { sort: "cpu", owner: "mm", per: [], link: true, when: whole },
});

/** `struct per_cpu_pages`, beyond the count. Units: pages. */
export const pcpColumns = defineColumns("pcp", {
  batch: { sort: "count", owner: "mm", per: ["zone"], when: whole },
  highMin: { sort: "count", owner: "mm", per: ["zone", "cpu"], when: whole },
  highMax: { sort: "count", owner: "mm", per: ["zone", "cpu"], when: whole },
  high: { sort: "count", owner: "mm", per: ["zone", "cpu"], when: whole },
  /** free_factor of 6.1, free_count and alloc_factor of 6.12. */
  freeFactor: { sort: "count", owner: "mm", per: ["zone", "cpu"], max: () => 31, when: whole },
  allocFactor: { sort: "count", owner: "mm", per: ["zone", "cpu"], max: () => 31, when: whole },
  freeCount: { sort: "count", owner: "mm", per: ["zone", "cpu"], when: whole },
  /** PCPF_PREV_FREE_HIGH_ORDER and PCPF_FREE_HIGH_BATCH. */
  flags: { sort: "count", owner: "mm", per: ["zone", "cpu"], max: () => 3, when: whole },
  /** What the free that holds the list's lock has decided to return to the buddy lists, and the list to begin at. */
  toFree: { sort: "count", owner: "mm", per: ["zone", "cpu"], when: whole },
  pindex: { sort: "count", owner: "mm", per: ["zone", "cpu"], max: () => 255, when: whole },
});

/**
 * `struct alloc_context` and the slow path's own variables, one row per CPU and level of execution: a call that is going on.
 * Zero when none is.
 */
export const acColumns = defineColumns("ac", {
  /** ALLOC_* of the attempt. */
  flags: { sort: "count", owner: "mm", per: ["level"], max: () => 0xffff, when: whole },
  /** gfp after gfp_allowed_mask, as the slow path changes it. */
  gfp: { sort: "count", owner: "mm", per: ["level"], when: whole },
  freetype: { sort: "freetype", owner: "mm", per: ["level"], when: whole },
  /** Place in the zonelist of the zone being tried, + 1; 0 before the first. */
  zoneref: { sort: "count", owner: "mm", per: ["level"], max: () => 15, when: whole },
  /** The zone being tried, or the page's zone. */
  zone: { sort: "zone", owner: "mm", per: ["level"], when: whole },
  preferred: { sort: "zone", owner: "mm", per: ["level"], when: whole },
  /** Highest zone index (ZONE_NAMES) that the request may use. */
  highestZone: { sort: "count", owner: "mm", per: ["level"], max: () => 3, when: whole },
  /** Node that the zonelist begins at. */
  node: { sort: "node", owner: "mm", per: ["level"], when: whole },
  /** Where in the slow path an attempt at the free lists returns to: a STAGE_* of slowpath.ts; 0 on the fast path. */
  stage: { sort: "count", owner: "mm", per: ["level"], max: () => 31, when: whole },
  noProgressLoops: { sort: "count", owner: "mm", per: ["level"], max: () => 31, when: whole },
  compactionRetries: { sort: "count", owner: "mm", per: ["level"], max: () => 31, when: whole },
  compactPriority: { sort: "count", owner: "mm", per: ["level"], max: () => 3, when: whole },
  compactResult: { sort: "count", owner: "mm", per: ["level"], max: () => 15, when: whole },
  reclaimed: { sort: "count", owner: "mm", per: ["level"], when: whole },
  /** PF_MEMALLOC: the task is reclaiming, its own allocations must not reclaim again. */
  memalloc: { sort: "bool", owner: "mm", per: ["level"], when: whole },
});

/** Lock indices: the zones' locks, then one per zone and CPU for its pcplists. */
export const ZONE_LOCK = 0;

export function zoneLock(zone: number): number {
  return ZONE_LOCK + zone;
}

export function pcpLock(k: Kernel, zone: number, cpu: number): number {
  return k.world.zones.length + zone * k.world.cpus + cpu;
}

/** Row of the per zone and CPU columns. */
export function zoneCpu(k: Kernel, zone: number, cpu: number): number {
  return zone * k.world.cpus + cpu;
}

/** Row of the alloc_context of the step being run. */
export function acRow(k: Kernel): number {
  return k.cpu * k.world.stacks.levels.length + k.level;
}

/** List kinds in the order of the world's layout; kinds behind the design's own are found by name (`k.listOf`). */
export const KIND_BUDDY = 0;
export const KIND_PCP = 1;
/** First list kind of the design's own. */
export const KIND_DESIGN = 2;
