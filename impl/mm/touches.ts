/** Columns that the shared helpers of the allocator read or write; steps that call them declare these. */
export const LIST_COLUMNS = [
  "list.first",
  "list.last",
  "list.length",
  "list.next",
  "list.prev",
  "list.order",
  "list.place",
  "list.placed",
  // Read where a frame is added: it may lie inside an allocated block.
  "ledger.order",
] as const;

/** Returning to the caller is visible: the workload records its page and writes to it at that moment. */
export const HAND_OUT_COLUMNS = ["ledger.asked", "hw.tag", "asi_core.taskMm", ...LIST_COLUMNS] as const;

export const BUDDY_COLUMNS = [
  ...LIST_COLUMNS,
  "mm.buddy",
  "mm.blockType",
  "mm.listedType",
  "mm.nrFree",
  "zone.nrFreeSeen",
  "zone.freeDiff",
  "zone.statThreshold",
  "zone.nrFreeCma",
  "zone.nrFreeHighatomic",
  "zone.nrReservedHighatomic",
  // 6.1 reads the type of a freed page again only while a pageblock is isolated.
  "zone.nrIsolateBlocks",
  "zone.boost",
  "zone.boosted",
  // A fallback weighs the zone and what else is in the pageblock.
  "zone.managed",
  "zone.wmarkHigh",
  "ledger.use",
  "hwpoison.page",
  "hwpoison.count",
  "report.reported",
  // A freed block may be caught for the compaction that its CPU's task is in.
  "cc.capture",
  "cc.order",
  "cc.freetype",
  "cpu.running",
] as const;

/** What every step of the whole allocator reads of the call that is going on. */
export const AC_COLUMNS = [
  "ac.flags",
  "ac.gfp",
  "ac.freetype",
  "ac.zoneref",
  "ac.zone",
  "ac.preferred",
  "ac.highestZone",
  "ac.node",
  "ac.stage",
] as const;

/** All of the alloc_context, which ends with the call. */
export const CONTEXT_COLUMNS = [
  ...AC_COLUMNS,
  "ac.noProgressLoops",
  "ac.compactionRetries",
  "ac.compactPriority",
  "ac.compactResult",
  "ac.reclaimed",
  "ac.memalloc",
] as const;

export const PCP_COLUMNS = [
  ...LIST_COLUMNS,
  "mm.pcpCount",
  "pcp.batch",
  "pcp.highMin",
  "pcp.highMax",
  "pcp.high",
  "pcp.freeFactor",
  "pcp.allocFactor",
  "pcp.freeCount",
  "pcp.flags",
  "pcp.toFree",
  "pcp.pindex",
  "mm.listedType",
  "zone.reclaimActive",
  "zone.belowHigh",
  "zone.nrIsolateBlocks",
] as const;
