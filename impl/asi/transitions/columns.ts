import { defineColumns } from "../../../model/column.ts";
import { rootsOf, tagsOf } from "../../../model/spaces.ts";
import type { World } from "../../../model/world.ts";
import { generations } from "../tlb-state.ts";

const spaces = (w: World): boolean => w.spaces !== undefined;

/** What the CPU's side of ASI keeps beside the shared state: guests. */
export const guestColumns = defineColumns("asi_guest", {
  /** The class whose guest has the CPU; 0 none. */
  running: { sort: "count", owner: "design", per: ["cpu"], max: (w) => w.spaces?.classes ?? 0, when: spaces },
  /** HOST_CR3 of the guest's control structure, each + 1: the root and the PCID that a VM exit loads. */
  hostRoot: {
    sort: "count",
    owner: "design",
    per: ["cpu"],
    max: (w) => (w.spaces === undefined ? 0 : rootsOf(w.spaces, w.mms)),
    when: spaces,
  },
  hostPcid: {
    sort: "count",
    owner: "design",
    per: ["cpu"],
    max: (w) => (w.spaces === undefined ? 0 : tagsOf(w.spaces)),
    when: spaces,
  },
});

/** Policy "generations": what an entry under way has read, per CPU and level, since an NMI may enter in between. */
export const entryColumns = defineColumns("asi_entry", {
  gen: { sort: "count", owner: "design", per: ["level"], max: generations, when: spaces },
  /** The PCID, + 1, that an entry under way has decided to load without a flush; void once something has left meanwhile. */
  keeps: {
    sort: "count",
    owner: "design",
    per: ["level"],
    max: (w) => (w.spaces === undefined ? 0 : tagsOf(w.spaces)),
    when: spaces,
  },
});
