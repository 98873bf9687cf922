import type { Kernel } from "../../model/kernel.ts";
import { rmqueueSmallest } from "./buddy.ts";
import { claimFallback } from "./fallback.ts";

/**
 * Takes a block of `order` and `type`, splitting the smallest that fits, then from other types. Answers -1 if there is none.
 *
 * - **Context**: zone lock held.
 * - **Source**: `__rmqueue()` in mm/page_alloc.c, v6.12.
 */
export function rmqueue(k: Kernel, zone: number, order: number, type: number): number {
  const pfn = rmqueueSmallest(k, zone, order, type);
  return pfn >= 0 || k.world.migratetypes === 1 ? pfn : claimFallback(k, zone, order, type);
}
