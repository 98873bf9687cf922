/**
 * The kernel's own trace events, as the allocator under trial would emit them. An observer may listen, to compare the model
 * with a recorded kernel; nothing it does reaches the state.
 *
 * - **Shapes, units**: blocks by head pfn and order; migratetypes as in impl/mm/freetype.ts.
 * - **Source**: include/trace/events/kmem.h, compaction.h and vmscan.h.
 */
export interface Tracepoints {
  /** mm_page_alloc_zone_locked: a block left the buddy lists. */
  zoneLocked?(pfn: number, order: number, migratetype: number, percpuRefill: boolean): void;
  /** mm_page_pcpu_drain: a block went from a per-CPU list back to the buddy lists. */
  pcpuDrain?(pfn: number, order: number, migratetype: number): void;
  /** mm_page_alloc_extfrag: a request of one type was served from the lists of another. */
  extfrag?(pfn: number, order: number, fallbackOrder: number, wanted: number, from: number, claimed: boolean): void;
  /** mm_vmscan_wakeup_kswapd. */
  wakeupKswapd?(node: number, order: number): void;
  /** mm_vmscan_direct_reclaim_begin and _end; `reclaimed` pages. */
  directReclaim?(order: number, reclaimed: number): void;
  /** mm_compaction_end; `status` is a COMPACT_* value of impl/mm. */
  compactionEnd?(zone: number, order: number, status: number): void;
  /** mm_migrate_pages: one page moved. */
  migrated?(from: number, to: number, order: number): void;
  /** mark_victim: the OOM killer was asked. */
  oom?(order: number, gfp: number): void;
}
