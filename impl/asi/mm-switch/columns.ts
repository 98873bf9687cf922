import { defineColumns } from "../../../model/column.ts";
import type { World } from "../../../model/world.ts";
import { generations } from "../tlb-state.ts";

const spaces = (w: World): boolean => w.spaces !== undefined;

/** What switch_mm has read and chosen while it is under way: one per CPU, since interrupts are off. */
export const switchColumns = defineColumns("switch", {
  gen: { sort: "count", owner: "kernel", per: ["cpu"], max: generations, when: spaces },
  slot: { sort: "slot", owner: "kernel", per: ["cpu"], when: spaces },
  flush: { sort: "bool", owner: "kernel", per: ["cpu"], when: spaces },
});

export const SWITCH_COLUMNS = ["switch.gen", "switch.slot", "switch.flush"] as const;
