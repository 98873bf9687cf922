/**
 * Event counters as /proc/vmstat has them. They count what happened, decide nothing, and are not part of the state.
 *
 * - **Source**: include/linux/vm_event_item.h and mm/vmstat.c, v6.12; only events that the model can cause, in the order in which the file has them.
 */
export const VM_EVENTS = [
  "pswpin",
  "pswpout",
  "pgalloc_dma",
  "pgalloc_dma32",
  "pgalloc_normal",
  "pgalloc_movable",
  "allocstall_dma",
  "allocstall_dma32",
  "allocstall_normal",
  "allocstall_movable",
  "pgfree",
  "pgactivate",
  "pgdeactivate",
  "pgrefill",
  "pgsteal_kswapd",
  "pgsteal_direct",
  "pgscan_kswapd",
  "pgscan_direct",
  "pgscan_anon",
  "pgscan_file",
  "pgsteal_anon",
  "pgsteal_file",
  "slabs_scanned",
  "kswapd_low_wmark_hit_quickly",
  "kswapd_high_wmark_hit_quickly",
  "pageoutrun",
  "oom_kill",
  "pgmigrate_success",
  "pgmigrate_fail",
  "compact_migrate_scanned",
  "compact_free_scanned",
  "compact_isolated",
  "compact_stall",
  "compact_fail",
  "compact_success",
  "compact_daemon_wake",
  "compact_daemon_migrate_scanned",
  "compact_daemon_free_scanned",
  "cma_alloc_success",
  "cma_alloc_fail",
  "workingset_refault_anon",
  "workingset_refault_file",
] as const;

export type VmEvent = (typeof VM_EVENTS)[number];

/** Index of each event in a counter table. */
export const VM: Readonly<Record<VmEvent, number>> = Object.fromEntries(
  VM_EVENTS.map((name, index) => [name, index]),
) as Record<VmEvent, number>;

/** The events that have one counter per zone, by the zone's place in ZONE_NAMES. */
export const PGALLOC = VM.pgalloc_dma;
export const ALLOCSTALL = VM.allocstall_dma;
