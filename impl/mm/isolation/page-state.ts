import type { Kernel } from "../../../model/kernel.ts";
import { PLACE_ALLOCATED, PLACE_FIRST_LIST, PLACE_IN_HAND } from "../../../model/lists.ts";

/** Columns that the questions of this file read. */
export const PAGE_STATE_COLUMNS = ["ledger.order", "ledger.use", "list.order", "list.place"] as const;

/** compound_head() of an allocated page: the head of the block it was handed out in, or -1 when it is not allocated. Cost: O(orders). */
export function allocatedHeadOf(k: Kernel, pfn: number): number {
  for (let order = 0; order <= k.world.geometry.maxOrder; order++) {
    const head = pfn & ~((1 << order) - 1);
    if (k.ledger.order(head) >= order) return head;
  }
  return -1;
}

/** A page that no owner has and no free list holds (PageReserved, PageHWPoison, not online): the name of its list kind, or "". */
export function outOfUse(k: Kernel, pfn: number): string {
  const head = k.lists.headOf(pfn, (at) => k.ledger.order(at));
  const place = head < 0 ? PLACE_IN_HAND : k.lists.placeOf(head);
  if (place === PLACE_IN_HAND || place === PLACE_ALLOCATED) return "";
  const name = k.world.lists.kinds[place - PLACE_FIRST_LIST]?.name ?? "";
  return name === "hole" || name === "offline" || name === "poisoned" ? name : "";
}
