import type { BuddyEvent } from "./buddy-event.ts";
import { applyLeaving, objectionToBlock } from "./judge-leaving.ts";
import { fallbacksOf, MAX_ORDER, maySteal, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, TYPE } from "./rules.ts";
import type { Shadow } from "./shadow.ts";
import type { IllegalReason, Objection, Rule } from "./verdict.ts";

/**
 * Judges `mm_page_alloc_extfrag`: the asking type's lists were empty, and the block found is the one that the fallback
 * search finds; lists and pageblocks follow.
 *
 * - **Source**: `__rmqueue_fallback()`, `find_suitable_fallback()`, `steal_suitable_fallback()`; from 6.12.29 on
 *   `__rmqueue_claim()` and `__rmqueue_steal()`; in 6.1
 *   `move_freepages_block()`, which leaves a pageblock alone that crosses its zone's border.
 */
export const fallbackRule: Rule = {
  object: (shadow, event) =>
    objectionToSearch(shadow, event) ?? objectionToFound(shadow, event) ?? objectionToOwnership(shadow, event),
  apply: (shadow, event) => {
    if (shadow.rules.fallbackMovesFirst) moveToAskingType(shadow, event);
    else takeDirectly(shadow, event);
  },
};

/**
 * The same in 6.12 where a part-used pageblock changed hands and `__rmqueue_smallest()` took a block of it: `zone_locked`
 * came just before and named the same page. `fallbackOrder` is that of the block found, which need not be the one taken.
 */
export const claimRule: Rule = {
  object: (shadow, event) => objectionToSearch(shadow, event) ?? objectionToClaim(shadow, event),
  apply: (shadow, event) => {
    shadow.pageblocksChangeHands(event.pfn, 0, event.type);
    applyLeaving(shadow, event);
  },
};

function objection(reason: IllegalReason, where: number, instead = ""): Objection {
  return { reason, where, instead };
}

/** The two searches: the asking type's own lists, and where else a block of which order would have been found. */
function objectionToSearch(shadow: Shadow, event: BuddyEvent): Objection | undefined {
  const { pfn, order, type, fallbackOrder, fallbackType } = event;
  const { free } = shadow;
  const zone = free.zoneOf(pfn);
  const others = fallbacksOf(type);
  const rank = others.indexOf(fallbackType);
  if (rank < 0 || fallbackOrder < order) return objection("fallback-type", pfn);
  for (let at = order; at <= MAX_ORDER; at++) {
    const own = emptyOf(shadow, zone, at, type);
    if (own >= 0) return objection("fallback-needless", own, `pfn 0x${own.toString(16)} order ${at}`);
  }
  for (let at = order; at <= MAX_ORDER; at++) {
    for (const [place, other] of others.entries()) {
      const before = at === fallbackOrder ? place < rank : isSearchedBefore(shadow, event, at);
      const head = before ? emptyOf(shadow, zone, at, other) : -1;
      const reason = at === fallbackOrder ? "fallback-type" : "fallback-order";
      if (head >= 0) return objection(reason, head, `pfn 0x${head.toString(16)} order ${at}`);
    }
  }
  return undefined;
}

/** Whether the search would have settled on blocks of this order rather than on the order it did. */
function isSearchedBefore(shadow: Shadow, event: BuddyEvent, at: number): boolean {
  switch (shadow.rules.fallbackSearch) {
    case "largest":
      return isBeforeByLargest(event, at);
    case "claim-else-smallest":
      return isBeforeByClaim(event, at);
    case "either":
      return isBeforeByLargest(event, at) && isBeforeByClaim(event, at);
  }
}

/** The largest; a movable request that may not steal what it found there takes the smallest instead. */
function isBeforeByLargest({ type, fallbackOrder }: BuddyEvent, at: number): boolean {
  if (maySteal(fallbackOrder, type)) return at > fallbackOrder;
  return at < fallbackOrder || maySteal(at, type);
}

/**
 * `__rmqueue_claim()` goes down from the largest and passes over part-used pageblocks that it cannot claim, which nobody can
 * tell from outside; whole ones it always can. Then `__rmqueue_steal()` takes the smallest.
 */
function isBeforeByClaim({ fallbackOrder, changedHands }: BuddyEvent, at: number): boolean {
  if (at >= PAGEBLOCK_ORDER) return at > fallbackOrder;
  return at < fallbackOrder && !changedHands;
}

/** No block of this order is on the type's list: answers one that certainly is, else -1 and narrows. */
function emptyOf(shadow: Shadow, zone: number, order: number, type: number): number {
  if (shadow.free.surelyOn(zone, order, type) > 0)
    return shadow.free.find(zone, order, (_, mask) => mask === 1 << type);
  shadow.free.exclude(zone, order, type);
  return -1;
}

/** The block found: free, of exactly that order, on that list. */
function objectionToFound(shadow: Shadow, { pfn, fallbackOrder, fallbackType }: BuddyEvent): Objection | undefined {
  const found = objectionToBlock(shadow, pfn, fallbackOrder);
  if (found) return { ...found, instead: "" };
  if (shadow.free.orderAt(pfn) !== fallbackOrder)
    return objection("fallback-order", pfn, `order ${shadow.free.orderAt(pfn)}`);
  return shadow.free.narrow(pfn, 1 << fallbackType) ? undefined : objection("wrong-list", pfn);
}

/** Pageblocks change hands from order 9 up, never without a whole-block steal, and surely when half of one is free. */
function objectionToOwnership(
  shadow: Shadow,
  { pfn, type, fallbackOrder, changedHands }: BuddyEvent,
): Objection | undefined {
  const owner = shadow.free.pageblocksOf(pfn, 0);
  const reserved = (owner & (1 << TYPE.highAtomic)) !== 0;
  if (fallbackOrder >= PAGEBLOCK_ORDER) {
    return changedHands || reserved ? undefined : objection("fallback-ownership", pfn, "change_ownership=1");
  }
  if (!maySteal(fallbackOrder, type)) {
    const alreadyOwn = (owner & (1 << type)) !== 0;
    return changedHands && !alreadyOwn ? objection("fallback-ownership", pfn, "change_ownership=0") : undefined;
  }
  // Only the first block of a list is tried for a claim; the smallest one taken afterwards need not have been.
  if (shadow.rules.fallbackSearch !== "largest") return undefined;
  const start = pfn & -PAGEBLOCK_PAGES;
  const whole = shadow.free.isPlace(start, PAGEBLOCK_ORDER);
  const half = whole && shadow.free.freeIn(start) >= PAGEBLOCK_PAGES / 2;
  return half && !changedHands && !reserved ? objection("fallback-ownership", pfn, "change_ownership=1") : undefined;
}

/** 6.1: blocks move to the asking type's list; the `zone_locked` that follows takes one of them. */
function moveToAskingType(shadow: Shadow, event: BuddyEvent): void {
  const { pfn, type, fallbackOrder } = event;
  const { free } = shadow;
  const start = pfn & -PAGEBLOCK_PAGES;
  const zone = free.zoneOf(pfn);
  const steals = fallbackOrder < PAGEBLOCK_ORDER && maySteal(fallbackOrder, type);
  if (steals && free.zoneOf(start + PAGEBLOCK_PAGES - 1) === zone) {
    free.moveBlocksOf(start, 1 << type, free.zoneOf(start) === zone ? start : pfn);
  } else if (free.orderAt(pfn) >= 0) free.relabel(pfn, 1 << type);
  settleOwnership(shadow, event);
}

/** 6.12: the event names the page that leaves; the rest stays with the pageblock, whoever that belongs to now. */
function takeDirectly(shadow: Shadow, event: BuddyEvent): void {
  settleOwnership(shadow, event);
  applyLeaving(shadow, event);
}

/** The flag is read from the pageblock itself: it says what the pageblock is now, and if it is not, what it is not. */
function settleOwnership(shadow: Shadow, { pfn, type, fallbackOrder, changedHands }: BuddyEvent): void {
  if (changedHands) shadow.pageblocksChangeHands(pfn, fallbackOrder, type);
  else shadow.free.narrowPageblocks(pfn, 0, ~(1 << type));
}

function objectionToClaim(shadow: Shadow, event: BuddyEvent): Objection | undefined {
  const { pfn, order, type, fallbackOrder, fallbackType, changedHands } = event;
  const found = objectionToBlock(shadow, pfn, order);
  if (found) return { ...found, instead: "" };
  if (!shadow.free.narrowPageblocks(pfn, 0, 1 << fallbackType)) return objection("wrong-list", pfn);
  const claims = changedHands && maySteal(fallbackOrder, type) && fallbackOrder < PAGEBLOCK_ORDER;
  return claims ? undefined : objection("fallback-ownership", pfn, "mm_page_alloc_extfrag alone");
}
