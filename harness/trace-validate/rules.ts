import type { KernelVersion } from "../../model/gfp.ts";

/**
 * The buddy allocator's rules that a recording is judged by, read from the sources of 6.1 and 6.12.
 *
 * Written apart from impl/mm on purpose: a validator that shared the model's table would share its mistakes and agree with
 * them. test/trace-validate/rules.test.ts holds the two against each other.
 *
 * - **Source**: `__rmqueue_smallest()`, `__rmqueue_fallback()`, `steal_suitable_fallback()`, `__free_one_page()`,
 *   `pcp_allowed_order()` in mm/page_alloc.c; `mm_page_alloc_extfrag` in trace/events/kmem.h.
 */
export interface BuddyRules {
  readonly kernel: KernelVersion;
  /**
   * 6.12: a free block is on the list of its pageblock's type. 6.1: on the list it was put on last, whatever its pageblock
   * is (halves of a stolen block, pages freed before their pageblock changed hands).
   */
  readonly listIsPageblock: boolean;
  /**
   * 6.1: a fallback only moves blocks to the other list, `extfrag` first, and the retry takes one, `zone_locked` next.
   * 6.12: the fallback takes the block itself; only `extfrag` names it, except after a claim of a part-used pageblock,
   * where `zone_locked` comes first and `extfrag` names the same page.
   */
  readonly fallbackMovesFirst: boolean;
  /**
   * `largest`: the largest block of another type, but the smallest for a movable request that may not steal the largest's
   * pageblock. `claim-else-smallest`: the largest whose pageblock can be claimed, else the smallest, for every type.
   * `either`: the release does not tell.
   */
  readonly fallbackSearch: "largest" | "claim-else-smallest" | "either";
}

/** "mm: page_alloc: don't steal single pages from biggest buddy" (c2f6ea38fc1b, 6.15) came to the series with 6.12.29. */
const CLAIM_ELSE_SMALLEST_SINCE = 29;

/** The rules of a version; `release` as the machine printed it, for what a stable release has changed. */
export function rulesOf(kernel: KernelVersion, release: string): BuddyRules {
  if (kernel === "6.1") return { kernel, listIsPageblock: false, fallbackMovesFirst: true, fallbackSearch: "largest" };
  const sublevel = Number(/^6\.12\.(\d{1,4})/.exec(release)?.[1] ?? 0);
  // A distribution's 6.12.0 may hold any of the series' patches.
  const old = sublevel === 0 ? "either" : "largest";
  const fallbackSearch = sublevel >= CLAIM_ELSE_SMALLEST_SINCE ? "claim-else-smallest" : old;
  return { kernel, listIsPageblock: true, fallbackMovesFirst: false, fallbackSearch };
}

/** Largest order of a block, and the order of a pageblock (2 MiB), on x86-64 in both versions. */
export const MAX_ORDER = 10;
export const PAGEBLOCK_ORDER = 9;
export const PAGEBLOCK_PAGES = 2 ** PAGEBLOCK_ORDER;

export const TYPE = { unmovable: 0, movable: 1, reclaimable: 2, highAtomic: 3 } as const;
export const TYPE_NAMES = ["Unmovable", "Movable", "Reclaimable", "HighAtomic", "type 4", "type 5"] as const;
export const TYPES = TYPE_NAMES.length;

/** A set of types as bits; what nothing is known of may be anything. */
export const ANY_TYPE = 2 ** TYPES - 1;
const MERGEABLE = 0b111;

/** Whether blocks of per-CPU lists have this order: freed, they show up again as `pcpu_drain`. */
export function onPcplists(order: number): boolean {
  return order <= 3 || order === PAGEBLOCK_ORDER;
}

/** Whose lists a type may take from when its own are empty, in the order asked. */
export function fallbacksOf(type: number): readonly number[] {
  return FALLBACKS[type] ?? [];
}

const FALLBACKS: readonly (readonly number[])[] = [
  [TYPE.reclaimable, TYPE.movable],
  [TYPE.reclaimable, TYPE.unmovable],
  [TYPE.unmovable, TYPE.movable],
];

/** Whether a fallback at this order may take the free rest of the pageblock with it. */
export function maySteal(order: number, type: number): boolean {
  return order >= Math.floor(PAGEBLOCK_ORDER / 2) || type === TYPE.unmovable || type === TYPE.reclaimable;
}

/** Whether blocks of `order` and these types become one: types without fallbacks keep to themselves from pageblocks up. */
export function mayMerge(order: number, type: number, buddyTypes: number): boolean {
  if (order < PAGEBLOCK_ORDER || (buddyTypes & (1 << type)) !== 0) return true;
  return ((1 << type) & MERGEABLE) !== 0 && (buddyTypes & MERGEABLE) !== 0;
}

/** The types in a set, ascending. */
export function typesIn(mask: number): number[] {
  return [...TYPE_NAMES.keys()].filter((type) => (mask & (1 << type)) !== 0);
}

export function isDetermined(mask: number): boolean {
  return mask !== 0 && (mask & (mask - 1)) === 0;
}
