import type { Kernel } from "../../../model/kernel.ts";
import { physmapColumns } from "./map-columns.ts";

/**
 * The lock under which leaves change their size and tables come and go. Held across a flush, so it is never taken with
 * interrupts off; who only stores leaves of the size there is waits for it but does not keep it, as such a store is one step.
 *
 * - **Source**: `cpa_lock` and `pgd_lock` in arch/x86/mm/pat/set_memory.c, v6.12: flush_tlb_all() runs under the latter.
 */
export function isSizeLocked(k: Kernel): boolean {
  if (k.world.spaces?.tables !== true) return false;
  const holder = k.of(physmapColumns).sizeLock.get(0);
  return holder !== 0 && holder !== k.cpu + 1;
}

/** Takes the lock; false while another CPU has it. */
export function lockSizes(k: Kernel): boolean {
  if (isSizeLocked(k)) return false;
  k.fence();
  k.of(physmapColumns).sizeLock.set(0, k.cpu + 1);
  return true;
}

export function unlockSizes(k: Kernel): void {
  k.fence();
  k.of(physmapColumns).sizeLock.set(0, 0);
}
