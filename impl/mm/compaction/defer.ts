import type { Kernel } from "../../../model/kernel.ts";
import { compactColumns } from "./columns.ts";

/**
 * Compaction that has failed is put off: for 1, 2, 4 … 64 attempts at its order or above.
 *
 * - **Source**: `defer_compaction()`, `compaction_deferred()`, `compaction_defer_reset()`, `compaction_restarting()`.
 */
const COMPACT_MAX_DEFER_SHIFT = 6;

export function deferCompaction(k: Kernel, zone: number, order: number): void {
  const c = k.of(compactColumns);
  c.considered.set(zone, 0);
  c.deferShift.set(zone, Math.min(c.deferShift.get(zone) + 1, COMPACT_MAX_DEFER_SHIFT));
  if (order < c.orderFailed.get(zone)) c.orderFailed.set(zone, order);
}

/** Whether this attempt is put off; asking counts as an attempt. */
export function compactionDeferred(k: Kernel, zone: number, order: number): boolean {
  const c = k.of(compactColumns);
  if (order < c.orderFailed.get(zone)) return false;
  const limit = 1 << c.deferShift.get(zone);
  c.considered.set(zone, Math.min(c.considered.get(zone) + 1, limit));
  return c.considered.get(zone) < limit;
}

/** Compaction has worked, or (`allocated`) an allocation of the order has. */
export function compactionDeferReset(k: Kernel, zone: number, order: number, allocated: boolean): void {
  const c = k.of(compactColumns);
  if (allocated) {
    c.considered.set(zone, 0);
    c.deferShift.set(zone, 0);
  }
  if (order >= c.orderFailed.get(zone)) c.orderFailed.set(zone, order + 1);
}

/** All that could be put off has been: begin with a clean slate. */
export function compactionRestarting(k: Kernel, zone: number, order: number): boolean {
  const c = k.of(compactColumns);
  if (order < c.orderFailed.get(zone)) return false;
  return c.deferShift.get(zone) === COMPACT_MAX_DEFER_SHIFT && c.considered.get(zone) >= 1 << COMPACT_MAX_DEFER_SHIFT;
}
