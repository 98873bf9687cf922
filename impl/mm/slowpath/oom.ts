import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { VM } from "../../../model/vm-events.ts";
import { acColumns, acRow } from "../columns.ts";
import { pgdatColumns } from "../reclaim/columns.ts";
import { countEvent } from "../vm-count.ts";
import { ZONE_NORMAL } from "../zones.ts";

/**
 * The way to the OOM killer. Nobody is killed: whose memory it would be is the workload's business. The request that got here is
 * refused, and the event says that a task would have died.
 *
 * - **Shapes, units**: oom_lock is held by a CPU-and-level row.
 * - **Leaves out**: victims and their reaping, hence ALLOC_OOM; a request without __GFP_FS, which the kernel lets loop until
 *   somebody else's request kills, is refused as well.
 * - **Source**: `__alloc_pages_may_oom()` in mm/page_alloc.c, `out_of_memory()` in mm/oom_kill.c.
 */
export function oomTryLock(k: Kernel): boolean {
  const { oomLock } = k.of(pgdatColumns);
  if (oomLock.get(0) !== 0) return false;
  oomLock.set(0, acRow(k) + 1);
  return true;
}

/** Lets go of the lock if this call holds it. */
export function oomUnlock(k: Kernel): void {
  const { oomLock } = k.of(pgdatColumns);
  if (oomLock.get(0) === acRow(k) + 1) oomLock.set(0, 0);
}

/** Killing would help, and is the caller's to ask for: not costly orders, callers with a plan of their own, one node, low zones. */
export function mayOom(k: Kernel, order: number): boolean {
  const ac = k.of(acColumns);
  const row = acRow(k);
  if (order > k.world.geometry.costlyOrder) return false;
  if ((ac.gfp.get(row) & (GFP.RETRY_MAYFAIL | GFP.THISNODE)) !== 0) return false;
  return ac.highestZone.get(row) >= ZONE_NORMAL;
}

export function outOfMemory(k: Kernel, order: number): void {
  const gfp = k.of(acColumns).gfp.get(acRow(k));
  // "The OOM killer does not compensate for IO-less reclaim."
  if ((gfp & GFP.FS) === 0) return;
  countEvent(k, VM.oom_kill);
  k.tracepoints.oom?.(order, gfp);
}
