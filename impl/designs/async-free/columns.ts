import { defineColumns } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { KIND_DESIGN } from "../../mm/columns.ts";

export const asyncFreeColumns = defineColumns("asi", {
  /** PG_global_nonsensitive: this page is mapped in the restricted address space. */
  nonsensitive: { sort: "bool", owner: "design", per: ["page"], observable: true },
  /** The work item of this CPU's worker is queued (WORK_STRUCT_PENDING). */
  workPending: { sort: "bool", owner: "design", per: ["cpu"], observable: true },
});

/** Freed pages that wait for this CPU's worker. */
export function toFreeList(k: Kernel, cpu: number): number {
  return (k.world.lists.base[KIND_DESIGN] ?? 0) + cpu;
}

/** The pages of the batch that this CPU's worker has taken off the queue. */
export function batchList(k: Kernel, cpu: number): number {
  return (k.world.lists.base[KIND_DESIGN + 1] ?? 0) + cpu;
}
