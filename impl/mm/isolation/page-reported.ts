import { defineColumns } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import type { World } from "../../../model/world.ts";

const whole = (w: World): boolean => w.whole !== undefined;

/** Which free blocks the hypervisor has been told of. Only blocks of at least a pageblock are reported: one bit per pageblock. */
export const reportColumns = defineColumns("report", {
  /** PageReported, of the free block whose head is the pageblock's first page. */
  reported: { sort: "bool", owner: "mm", per: ["block"], when: whole },
});

export function isReported(k: Kernel, pfn: number): boolean {
  return k.of(reportColumns).reported.get(pfn >>> k.world.geometry.pageblockOrder) === 1;
}

export function setReported(k: Kernel, pfn: number, reported: boolean): void {
  k.of(reportColumns).reported.set(pfn >>> k.world.geometry.pageblockOrder, reported ? 1 : 0);
}

/** A block leaves its free list: what is told of it is told of it no more. */
export function forgetReported(k: Kernel, pfn: number, order: number): void {
  if (k.world.whole === undefined || order < k.world.geometry.pageblockOrder) return;
  if (isReported(k, pfn)) setReported(k, pfn, false);
}
