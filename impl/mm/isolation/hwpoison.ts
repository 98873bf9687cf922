import { defineColumns } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import type { World } from "../../../model/world.ts";

const whole = (w: World): boolean => w.whole !== undefined;

/** What the machine-check handler has said of pages. */
export const hwpoisonColumns = defineColumns("hwpoison", {
  /** PageHWPoison. */
  page: { sort: "bool", owner: "mm", per: ["page"], when: whole },
  /** num_poisoned_pages: how many pages have the flag. */
  count: { sort: "count", owner: "mm", per: [], max: (w) => w.pages, when: whole },
});

/** A page of the block is poisoned. **Cost**: one read while none is poisoned anywhere. */
export function hasHwpoison(k: Kernel, pfn: number, order: number): boolean {
  if (k.world.whole === undefined) return false;
  const c = k.of(hwpoisonColumns);
  if (c.count.get(0) === 0) return false;
  for (let at = pfn; at < pfn + (1 << order); at++) if (c.page.get(at) === 1) return true;
  return false;
}

/** The one list of pages that are poisoned and owned by nobody. */
export function poisonedList(k: Kernel): number {
  return k.listOf("poisoned", 0);
}

/** SetPageHWPoison: false when it was set already. */
export function setHwpoison(k: Kernel, pfn: number, poisoned: boolean): boolean {
  const c = k.of(hwpoisonColumns);
  const flag = poisoned ? 1 : 0;
  if (c.page.get(pfn) === flag) return false;
  c.page.set(pfn, flag);
  c.count.set(0, c.count.get(0) + (poisoned ? 1 : -1));
  return true;
}
