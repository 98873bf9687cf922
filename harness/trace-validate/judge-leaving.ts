import type { BuddyEvent } from "./buddy-event.ts";
import { nearestLegal } from "./nearest-legal.ts";
import { WHERE } from "./page-states.ts";
import { MAX_ORDER, TYPE } from "./rules.ts";
import type { Shadow } from "./shadow.ts";
import type { IllegalReason, Objection, Rule } from "./verdict.ts";

/**
 * Judges `mm_page_alloc_zone_locked`: a block left the list of exactly the printed type, lowest piece of the smallest
 * sufficient block of that list.
 *
 * - **Source**: `__rmqueue_smallest()`, `expand()`: the tracepoint stands behind both, under zone->lock.
 */
export const leavingRule: Rule = { object: objectionToLeaving, apply: applyLeaving };

function objectionToLeaving(shadow: Shadow, event: BuddyEvent): Objection | undefined {
  const { pfn, order, type } = event;
  const found = objectionToBlock(shadow, pfn, order) ?? objectionToList(shadow, event);
  return found && { ...found, instead: nearestLegal(shadow, pfn, order, type) };
}

type Found = Pick<Objection, "reason" | "where">;

function found(reason: IllegalReason, where: number): Found {
  return { reason, where };
}

/** Whether the block is free and the lowest piece of a free block, with unnamed movements where they are licensed. */
export function objectionToBlock(shadow: Shadow, pfn: number, order: number): Found | undefined {
  const { free } = shadow;
  let head = free.headOf(pfn);
  if (head < 0 || free.orderAt(head) < order) {
    const missing = firstNotFree(shadow, pfn, order);
    if (!shadow.makeFree(pfn, order)) return found("not-free", missing);
    head = free.headOf(pfn);
    // All pages are free, yet no single block holds them: a border that merging does not cross.
    if (free.orderAt(head) < order) return found("not-free", pfn);
  }
  if (head === pfn) return undefined;
  return leftBefore(shadow, pfn) ? undefined : found("not-lowest-piece", head);
}

/**
 * The kernel's block began at `pfn`: its lower neighbour, with which it would have merged, was not wholly free. Compaction's
 * licence explains that; every page there that is licensed is taken to have left, as nothing says which did.
 */
function leftBefore(shadow: Shadow, pfn: number): boolean {
  const order = 31 - Math.clz32(pfn & -pfn);
  return order <= MAX_ORDER && shadow.leaveWhereLicensed(pfn - 2 ** order, order) && shadow.free.headOf(pfn) === pfn;
}

/** Whether the block may be on the list of that type, and no smaller sufficient block certainly is. Narrows labels. */
function objectionToList(shadow: Shadow, { pfn, order, type }: BuddyEvent): Found | undefined {
  const { free } = shadow;
  const isOnList = (): boolean => ((free.listMask[pfn] as number) & (1 << type)) !== 0;
  if (!isOnList() && !(shadow.reserve.explains(shadow, pfn, type) && isOnList())) return found("wrong-list", pfn);
  const zone = free.zoneOf(pfn);
  for (let smaller = order; smaller < free.orderAt(pfn); smaller++) {
    while (smaller < free.orderAt(pfn) && free.surelyOn(zone, smaller, type) > 0) {
      const head = free.find(zone, smaller, (_, mask) => mask === 1 << type);
      if (!explainAway(shadow, head, smaller, type) && !wasSmaller(shadow, pfn)) {
        shadow.refuted = head;
        return found("smaller-block-free", head);
      }
      if (free.headOf(pfn) !== pfn) return undefined;
    }
    if (smaller < free.orderAt(pfn)) free.exclude(zone, smaller, type);
  }
  free.narrow(pfn, 1 << type);
  return undefined;
}

/** The block itself was no larger than that: something in its upper half had left unnamed. */
function wasSmaller(shadow: Shadow, pfn: number): boolean {
  const half = shadow.free.orderAt(pfn) - 1;
  return shadow.leaveWhereLicensed(pfn + 2 ** half, half);
}

/**
 * The smaller block was not there: merged with a buddy that came back unnamed, itself taken unnamed, or moved to the reserve
 * with its pageblock.
 */
function explainAway(shadow: Shadow, head: number, order: number, type: number): boolean {
  const { free, reserve } = shadow;
  const buddy = head ^ (1 << order);
  if (free.isPlace(Math.min(head, buddy), order + 1) && shadow.makeFree(buddy, order) && free.orderAt(head) !== order) {
    return true;
  }
  if (shadow.leaveWhereLicensed(head, order)) return true;
  return type !== TYPE.highAtomic && reserve.explains(shadow, head, TYPE.highAtomic);
}

/** What is free of the block leaves. */
export function applyLeaving(shadow: Shadow, { pfn, order, type }: BuddyEvent): void {
  const { free } = shadow;
  shadow.forgetRefuted();
  const head = free.headOf(pfn);
  if (head >= 0 && free.orderAt(head) >= order) {
    shadow.take(pfn, order, shadow.rules.listIsPageblock ? free.pageblocksOf(pfn, 0) : 1 << type, type);
    return;
  }
  removeAllOf(shadow, pfn, order);
  shadow.pages.set(pfn, order, WHERE.left, type);
}

/** Takes every free block inside a place off its list. */
export function removeAllOf(shadow: Shadow, pfn: number, order: number): void {
  for (let at = pfn; at < pfn + 2 ** order; ) {
    const head = shadow.free.headOf(at);
    if (head < 0) at++;
    else if (head < pfn || shadow.free.orderAt(head) > order) {
      shadow.free.carve(at, 0, shadow.free.listMask[head] as number);
      at++;
    } else {
      at = head + 2 ** shadow.free.orderAt(head);
      shadow.free.remove(head);
    }
  }
}

function firstNotFree(shadow: Shadow, pfn: number, order: number): number {
  for (let at = pfn; at < pfn + 2 ** order; at++) if (shadow.pages.where(at) !== WHERE.buddy) return at;
  return pfn;
}
