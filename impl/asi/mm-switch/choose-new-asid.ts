import type { Kernel } from "../../../model/kernel.ts";
import { slotsOf, tlbState } from "../tlb-state.ts";
import type { AsiSwitches } from "../transitions/switches.ts";

/** A slot for an mm, and whether the CR3 write must flush its PCID. */
export interface ChosenSlot {
  readonly slot: number;
  readonly needFlush: boolean;
}

/**
 * `choose_new_asid()`: the slot that the mm still owns here, flushed if its generation is behind; else the next one round
 * robin, flushed since it was another's. A pending invalidate_other first takes every other slot from its owner.
 *
 * - **Context**: interrupts off.
 * - **Source**: `choose_new_asid()`, `clear_asid_other()` in arch/x86/mm/tlb.c, v6.12.
 * - **Leaves out**: ctx_ids run on for ever there; here an mm is its own ctx_id, since mms are neither made nor destroyed.
 */
export function chooseNewAsid(k: Kernel, mm: number, gen: number, switches: AsiSwitches): ChosenSlot {
  const c = k.of(tlbState);
  const slots = slotsOf(k.world);
  const base = k.cpu * slots;
  if (c.invalidateOther.get(k.cpu) === 1) clearAsidOther(k);
  for (let slot = 0; slot < slots; slot++) {
    if (c.ctxMm.get(base + slot) === mm + 1) return { slot, needFlush: c.ctxGen.get(base + slot) < gen };
  }
  const slot = c.nextAsid.get(k.cpu);
  c.nextAsid.set(k.cpu, (slot + 1) % slots);
  return { slot, needFlush: !switches.reuseWithoutFlush };
}

function clearAsidOther(k: Kernel): void {
  const c = k.of(tlbState);
  const slots = slotsOf(k.world);
  for (let slot = 0; slot < slots; slot++) if (slot !== c.loadedAsid.get(k.cpu)) c.ctxMm.set(k.cpu * slots + slot, 0);
  c.invalidateOther.set(k.cpu, 0);
}
