import type { Kernel } from "../../../model/kernel.ts";
import { physmapColumns } from "./map-columns.ts";

/**
 * For a step that stores leaves of the size there is: takes the lock under which sizes change and tables come and go, and
 * releases it, all within the step. A locked operation, so that the CPU's own earlier stores are in memory when it looks.
 * False while another CPU has the lock.
 *
 * - **Context**: interrupts on: a split holds the lock across a flush.
 * - **Source**: `cpa_lock` and `pgd_lock` in arch/x86/mm/pat/set_memory.c, v6.12: flush_tlb_all() runs under the latter.
 */
export function passSizeLock(k: Kernel): boolean {
  if (isHeldByAnother(k)) return false;
  k.fence();
  return true;
}

/** Takes the lock; false while another CPU has it. */
export function lockSizes(k: Kernel): boolean {
  if (!passSizeLock(k)) return false;
  k.of(physmapColumns).sizeLock.set(0, k.cpu + 1);
  return true;
}

export function unlockSizes(k: Kernel): void {
  k.fence();
  k.of(physmapColumns).sizeLock.set(0, 0);
}

function isHeldByAnother(k: Kernel): boolean {
  if (k.world.spaces?.tables !== true) return false;
  const holder = k.of(physmapColumns).sizeLock.get(0);
  return holder !== 0 && holder !== k.cpu + 1;
}
