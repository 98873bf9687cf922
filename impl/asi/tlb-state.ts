import { defineColumns } from "../../model/column.ts";
import { tagsOf } from "../../model/spaces.ts";
import type { World } from "../../model/world.ts";

const spaces = (w: World): boolean => w.spaces !== undefined;
/** Generations count flushes, of which a closed scenario has few and a random run of 10^4 steps some hundred. */
export const generations = (): number => 65_535;

/**
 * What arch/x86/mm/tlb.c keeps: which mm owns which ASID slot of a CPU and up to which generation it is flushed, and, for the
 * policy "generations", the same for each restricted PCID.
 *
 * - **Shapes, units**: an mm's ctx_id is its index + 1, as a link; generations count flushes since boot.
 * - **Source**: `struct tlb_state`, `mm_context_t` in arch/x86/include/asm; asi_tlb_context of the ASI series of 2022.
 */
export const tlbState = defineColumns("tlbstate", {
  loadedAsid: { sort: "slot", owner: "kernel", per: ["cpu"], when: spaces },
  nextAsid: { sort: "slot", owner: "kernel", per: ["cpu"], when: spaces },
  /** Other slots are to be invalidated when they are next chosen. */
  invalidateOther: { sort: "bool", owner: "kernel", per: ["cpu"], when: spaces },
  /** ctxs[slot]: the mm, and the generation up to which its user part is flushed there. */
  ctxMm: { sort: "mm", owner: "kernel", per: ["cpu", "slot"], link: true, when: spaces },
  ctxGen: { sort: "count", owner: "kernel", per: ["cpu", "slot"], max: generations, when: spaces },
  /** context.tlb_gen and mm_cpumask of each mm. */
  mmGen: { sort: "count", owner: "kernel", per: ["mm"], max: generations, when: spaces },
  mmCpus: { sort: "cpuSet", owner: "kernel", per: ["mm"], when: spaces },
  /** Policy "generations": the newest generation of the global nonsensitive map, and what each PCID was flushed up to. */
  globalGen: { sort: "count", owner: "kernel", per: [], max: generations, when: spaces },
  pcidGen: { sort: "count", owner: "kernel", per: ["cpu", "pcid"], max: generations, when: spaces },
  /** Taints of a CPU (asi_taints): bits of TAINT. */
  taints: { sort: "count", owner: "kernel", per: ["cpu"], max: () => 127, when: spaces },
});

/** What a flush of the user part of an mm is about; part of flush_tlb_info. */
export const slotsOf = (w: World): number => w.spaces?.slots ?? 0;
export const pcidsOf = (w: World): number => (w.spaces === undefined ? 0 : tagsOf(w.spaces));
