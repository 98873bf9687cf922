import type { Kernel } from "../../../model/kernel.ts";
import { VM } from "../../../model/vm-events.ts";
import { lruFlags, lruReplaceIsolated, PG_WRITEBACK } from "../reclaim/lru.ts";
import { countEvent } from "../vm-count.ts";

/** Columns that a page's move writes, beside those of the LRU lists. */
export const MOVE_COLUMNS = [
  "ledger.order",
  "ledger.asked",
  "ledger.use",
  "list.place",
  "list.placed",
  "list.order",
  "hw.tag",
] as const;

/**
 * Whether a page in hand can change its frame now: nobody has pinned it, and it is not being written.
 *
 * - **Leaves out**: waiting for the write (MIGRATE_SYNC) and trying again (up to ten times): such a page stays this time.
 * - **Source**: `migrate_folio_unmap()`, `folio_migrate_mapping()` in mm/migrate.c.
 */
export function canMigrate(k: Kernel, head: number): boolean {
  return k.ledger.order(head) >= 0 && !k.ledger.isPinned(head) && (lruFlags(k, head) & PG_WRITEBACK) === 0;
}

/**
 * Moves an isolated page: content, owner and LRU state go to the new frame. The old one is in the caller's hand, to be freed.
 *
 * The new frame comes from the free lists and is not given to the design's allocation hook: it stays unmapped, whatever the
 * old one was; a nonsensitive page then costs its next reader an exit, and no page is ever mapped while it holds a secret.
 *
 * - **Source**: `move_to_new_folio()`, `migrate_folio_move()` in mm/migrate.c.
 */
export function migrateFolio(k: Kernel, from: number, to: number): void {
  const order = k.ledger.order(from);
  lruReplaceIsolated(k, from, to, order);
  k.ledger.migrate(from, to);
  countEvent(k, VM.pgmigrate_success, 1 << order);
  k.tracepoints.migrated?.(from, to, order);
}

export function migrationFailed(k: Kernel, order: number): void {
  countEvent(k, VM.pgmigrate_fail, 1 << order);
}
