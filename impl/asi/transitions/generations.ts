import type { Kernel } from "../../../model/kernel.ts";
import { tlbState } from "../tlb-state.ts";

/** The first generation: a record of 0 has never been flushed, so a forgotten PCID is always behind. */
export const FIRST_GENERATION = 1;

/** The next load of each restricted PCID of the slot flushes it, whatever it held. */
export function forgetSlotGens(k: Kernel, cpu: number, slot: number): void {
  const { pcidGen } = k.of(tlbState);
  const base = cpu * pcidsPerCpu(k);
  for (let view = 1; view < k.spaces.views; view++) pcidGen.set(base + k.spaces.pcidOf(slot, view), 0);
}

export function pcidsPerCpu(k: Kernel): number {
  return k.spaces.held.tags;
}

/** The generation up to which the PCID is flushed on the CPU. */
export function genOf(k: Kernel, cpu: number, pcid: number): number {
  return k.of(tlbState).pcidGen.get(cpu * pcidsPerCpu(k) + pcid);
}

/**
 * The slot is flushed when it is next chosen: it belongs to nobody, its mm's generation has moved on, or other slots are to be
 * invalidated. Exact for slots that are not loaded.
 */
export function slotOwes(k: Kernel, cpu: number, slot: number): boolean {
  const c = k.of(tlbState);
  const slots = c.ctxMm.rows / k.world.cpus;
  const mm = c.ctxMm.get(cpu * slots + slot) - 1;
  if (mm < 0 || c.invalidateOther.get(cpu) === 1) return true;
  return c.ctxGen.get(cpu * slots + slot) < c.mmGen.get(mm);
}
