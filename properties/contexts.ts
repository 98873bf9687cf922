import type { ClaimView } from "../model/claim.ts";
import type { Machine } from "../model/machine.ts";
import { UNRESTRICTED } from "../model/spaces.ts";

/** The world tells address spaces apart, and the design keeps a restricted one. */
export function hasRestricted({ world }: Machine): boolean {
  return world.spaces !== undefined && world.protectedMap === "restricted";
}

/** Somebody may look between two steps of a transition: an interrupt, an NMI, another CPU. */
export function hasOnlookers({ world }: Machine): boolean {
  return world.cpus > 1 || (world.spaces?.interrupts ?? 0) > 0 || (world.spaces?.nmis ?? 0) > 0;
}

/** A PCID of some CPU for which a condition holds. */
export function somePcid(view: ClaimView, holds: (cpu: number, pcid: number) => boolean): boolean {
  const { k, world } = view.machine;
  if (world.spaces === undefined) return false;
  for (let cpu = 0; cpu < world.cpus; cpu++)
    for (let pcid = 0; pcid < k.spaces.held.tags; pcid++) if (holds(cpu, pcid)) return true;
  return false;
}

/** Some CPU for which a condition holds. */
export function someCpu(view: ClaimView, holds: (cpu: number) => boolean): boolean {
  for (let cpu = 0; cpu < view.machine.world.cpus; cpu++) if (holds(cpu)) return true;
  return false;
}

/** The CPU may hold an entry of the physmap under the PCID. */
export function holdsPage(view: ClaimView, cpu: number, pcid: number, which: (pfn: number) => boolean): boolean {
  const { k, world } = view.machine;
  for (let pfn = 0; pfn < world.pages; pfn++) if (which(pfn) && k.spaces.held.holds(cpu, pcid, pfn)) return true;
  return false;
}

export function isRestricted(view: ClaimView, cpu: number): boolean {
  return view.machine.k.spaces.viewOf(cpu) !== UNRESTRICTED;
}
