import { defineColumns } from "./column.ts";
import { rootsOf, tagsOf } from "./spaces.ts";
import type { World } from "./world.ts";

const spaces = (w: World): boolean => w.spaces !== undefined;
const tables = (w: World): boolean => w.spaces?.tables === true;
const vmaps = (w: World): boolean => (w.spaces?.vmaps ?? 0) > 0;
const users = (w: World): boolean => w.spaces?.user === true;
const tags = (w: World): number => (w.spaces === undefined ? 1 : tagsOf(w.spaces));
const roots = (w: World): number => (w.spaces === undefined ? 1 : rootsOf(w.spaces, w.mms));

/** How a pageblock is mapped: by 4K leaves of a table, or by one leaf of its own size. */
export const LEAF_4K = 0;
export const LEAF_BLOCK = 1;

/** Page tables and control registers of a world with address spaces. The restricted map's 4K leaves are `hw.present`. */
export const spaceColumns = defineColumns("as", {
  /** The root that CR3 holds: mm × views + view. */
  root: { sort: "count", owner: "hardware", per: ["cpu"], max: (w) => roots(w) - 1, when: spaces, observable: true },
  /** The PCID that CR3 holds: slot × views + view. */
  pcid: { sort: "count", owner: "hardware", per: ["cpu"], max: (w) => tags(w) - 1, when: spaces, observable: true },
  /** The unrestricted physmap, present unless set here, so that all-zero is the boot state. */
  directAbsent: { sort: "bool", owner: "hardware", per: ["page"], when: spaces, observable: true },
  directReadOnly: { sort: "bool", owner: "hardware", per: ["page"], when: spaces },
  restrictedReadOnly: { sort: "bool", owner: "hardware", per: ["page"], when: spaces },
  /** LEAF_* of each pageblock in the two physmaps; the restricted one's means something only while a leaf is present. */
  directLeaf: { sort: "count", owner: "hardware", per: ["block"], max: () => 1, when: tables },
  restrictedLeaf: { sort: "count", owner: "hardware", per: ["block"], max: () => 1, when: tables },
  /** The frame that is the restricted map's table of 4K leaves for a block; none where a table was there from boot. */
  table: { sort: "pfn", owner: "hardware", per: ["block"], link: true, when: tables, observable: true },
  /** What each one-page kernel area shows, and whether the restricted tables show it too. */
  vmap: { sort: "pfn", owner: "hardware", per: ["vmap"], link: true, when: vmaps, observable: true },
  vmapRestricted: { sort: "bool", owner: "hardware", per: ["vmap"], when: vmaps, observable: true },
  /** The user part of each mm: the frame is mapped there. */
  user: { sort: "bool", owner: "hardware", per: ["mm", "page"], when: users, observable: true },
  /** Pages that an INVLPGB of this CPU asked to be dropped and no TLBSYNC has waited for; 1 some are, 2 everything is. */
  broadcast: { sort: "bool", owner: "hardware", per: ["cpu", "page"], when: spaces },
  broadcasting: { sort: "count", owner: "hardware", per: ["cpu"], max: () => 2, when: spaces },
});

/** What CPUs may have cached there, as trusted ghosts. */
export const heldColumns = defineColumns("held", {
  /** May-hold: 1 where the CPU may hold the entry under the PCID (the last row of PCIDs: global entries). Explicit: 2 walking. */
  entry: { sort: "count", owner: "ghost", per: ["cpu", "pcidOrGlobal", "translation"], max: () => 2, when: spaces },
  /** The mm whose root last ran under the PCID since it was last invalidated whole. */
  filledFor: { sort: "mm", owner: "ghost", per: ["cpu", "pcid"], link: true, when: spaces },
  /** The leaf size under which a block's entries of the restricted map may still be held, + 1. */
  size: { sort: "count", owner: "ghost", per: ["block"], max: () => 2, when: tables },
  /** The frame that stale upper entries for a block still lead to: a table that is linked no longer. */
  oldTable: { sort: "pfn", owner: "ghost", per: ["block"], link: true, when: tables },
});

/** Who has been promised what about flushes and flips: ghosts written through the kernel's interface. */
export const promiseColumns = defineColumns("promise", {
  /** The leaf was cleared and no completed flush that began afterwards has covered it. */
  due: { sort: "bool", owner: "ghost", per: ["page"], when: (w) => w.labels },
  /** A flush of this CPU is under way that began when the page's latest clear had been made. */
  covered: { sort: "bool", owner: "ghost", per: ["cpu", "page"], when: (w) => w.labels },
  /** The CPU that is flipping the block. */
  flipper: { sort: "cpu", owner: "ghost", per: ["block"], link: true, when: (w) => w.labels },
});

/**
 * The software state of ASI's core that claims speak of. The kernel under trial writes it, claims read it.
 *
 * - **Source**: curr_asi, thread.asi_state of ASI RFC v2; cpu_tlbstate.loaded_mm and is_lazy of arch/x86/mm/tlb.c.
 */
export const asiColumns = defineColumns("asi_core", {
  /** curr_asi: the class that CR3 is (or is about to be) restricted to; 0 none. */
  currAsi: { sort: "count", owner: "kernel", per: ["cpu"], max: (w) => w.spaces?.classes ?? 0, when: spaces },
  /** target of the task that has the CPU: the class of its critical section; 0 none. */
  target: { sort: "count", owner: "kernel", per: ["cpu"], max: (w) => w.spaces?.classes ?? 0, when: spaces },
  /** intr_nest_depth of that task. */
  nest: { sort: "count", owner: "kernel", per: ["cpu"], max: () => 3, when: spaces },
  /** loaded_mm; `mms` is init_mm and `mms` + 1 LOADED_MM_SWITCHING. */
  loadedMm: { sort: "count", owner: "kernel", per: ["cpu"], max: (w) => w.mms + 1, when: spaces },
  lazy: { sort: "bool", owner: "kernel", per: ["cpu"], when: spaces },
  /** The CPU is offline: it runs nothing, is sent nothing, and keeps what its TLB held. */
  offline: { sort: "bool", owner: "kernel", per: ["cpu"], when: spaces },
  /** The mm whose task has the CPU, as the workload has it; `mms` is a kernel thread. */
  taskMm: { sort: "mm", owner: "workload", per: ["cpu"], when: spaces },
  /** Device interrupts and NMIs that may still arrive. */
  interruptsLeft: { sort: "count", owner: "workload", per: [], max: () => 15, when: spaces },
  nmisLeft: { sort: "count", owner: "workload", per: [], max: () => 15, when: spaces },
});

/** Each CPU's store buffer, oldest first. A column of 0 marks an empty entry. */
export const storeColumns = defineColumns("tso", {
  column: { sort: "count", owner: "hardware", per: ["cpu", "store"], max: () => 255, when: buffered },
  row: { sort: "count", owner: "hardware", per: ["cpu", "store"], max: () => 65_535, when: buffered },
  value: { sort: "count", owner: "hardware", per: ["cpu", "store"], max: () => 65_535, when: buffered },
});

function buffered(w: World): boolean {
  return (w.spaces?.stores ?? 0) > 0;
}
