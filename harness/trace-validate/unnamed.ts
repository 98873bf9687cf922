/** Why a block moved without an event that names it. */
export const UNNAMED_CAUSES = {
  isolate_freepages: "isolate_freepages_block() takes what is free in the range that its event prints",
  isolate_ambiguous: "the same, where more was free than taken: a later event showed which",
  fast_isolate_freepages: "fast_isolate_freepages() takes free blocks; 6.1 has no event for it",
  compaction_capture: "compaction_capture() hands a block that is being freed to the compacting task",
  reserve_highatomic_pageblock: "a pageblock went into the reserve for high-order atomic requests",
  unreserve_highatomic_pageblock: "a pageblock came back from that reserve",
  free_one_page: "free_unref_page() found the pcplist locked and freed straight to the buddy lists",
} as const;

export type UnnamedCause = keyof typeof UNNAMED_CAUSES;

export type UnnamedCounts = Record<UnnamedCause, { blocks: number; pages: number }>;

export function noUnnamed(): UnnamedCounts {
  const none = (): { blocks: number; pages: number } => ({ blocks: 0, pages: 0 });
  return {
    isolate_freepages: none(),
    isolate_ambiguous: none(),
    fast_isolate_freepages: none(),
    compaction_capture: none(),
    reserve_highatomic_pageblock: none(),
    unreserve_highatomic_pageblock: none(),
    free_one_page: none(),
  };
}
