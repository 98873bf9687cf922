import type { Bound, Column } from "../../../model/column.ts";
import { assert } from "../../../model/failure.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { LRU_LISTS } from "../../../model/sorts.ts";
import { VM } from "../../../model/vm-events.ts";
import { acRow } from "../columns.ts";
import { countEvent } from "../vm-count.ts";
import { zoneIndex, zoneOfPage } from "../zones.ts";
import { lruColumns } from "./lru-columns.ts";

/**
 * Which list a page is on, and what is known about it: `struct lruvec` and the page flags that reclaim goes by.
 *
 * Every function here is one section under the node's lru_lock, hence part of one micro-step of its caller; the lock itself is
 * not modelled, since nothing else is ever taken under it.
 *
 *     allocated ──folio_add_lru──▶ batch ──full, or drained──▶ inactive ⇄ active
 *                                                    isolate ▼  ▲ putback
 *                                                     isolated (in a reclaimer's or compactor's hand)
 *
 * - **Shapes, units**: folios by head pfn; their order is the ledger's. Lists are `LRU_*`.
 * - **Source**: include/linux/mm_inline.h, mm/swap.c, v6.12.
 */
export const LRU_INACTIVE_ANON = 0;
export const LRU_ACTIVE_ANON = 1;
export const LRU_INACTIVE_FILE = 2;
export const LRU_ACTIVE_FILE = 3;
export const LRU_UNEVICTABLE = 4;

/** Bits of `lru.flags`. */
export const PG_LRU = 1;
export const PG_ACTIVE = 2;
export const PG_UNEVICTABLE = 4;
export const PG_REFERENCED = 8;
export const PG_DIRTY = 16;
export const PG_WRITEBACK = 32;
/** Anonymous: its content goes to swap. */
export const PG_SWAPBACKED = 64;
/** Of an anonymous page: it has a slot on the swap device. */
export const PG_SWAPCACHE = 128;
/** Of a page-cache page (the same bit): reclaim has met it dirty or under writeback and wants it as soon as it is clean. */
export const PG_RECLAIM = 128;

/** A movable page that is on no list, isolated: no page is active and unevictable. */
const MOVABLE_IN_HAND = PG_ACTIVE | PG_UNEVICTABLE;

function isMovableInHand(k: Kernel, head: number): boolean {
  return lruFlags(k, head) === MOVABLE_IN_HAND;
}

export function lruFlags(k: Kernel, head: number): number {
  return k.of(lruColumns).flags.get(head);
}

export function setLruFlags(k: Kernel, head: number, set: number, clear = 0): void {
  const { flags } = k.of(lruColumns);
  flags.set(head, (flags.get(head) & ~clear) | set);
}

export function isAnon(flags: number): boolean {
  return (flags & PG_SWAPBACKED) !== 0;
}

/** The list that a page with these flags belongs on. **Source**: `folio_lru_list()`. */
export function lruListOf(flags: number): number {
  if ((flags & PG_UNEVICTABLE) !== 0) return LRU_UNEVICTABLE;
  return (isAnon(flags) ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE) + ((flags & PG_ACTIVE) === 0 ? 0 : 1);
}

export function nodeOfPage(k: Kernel, pfn: number): number {
  return k.world.zones[zoneOfPage(k, pfn)]?.node ?? 0;
}

export function shelfOf(node: number, list: number): number {
  return node * LRU_LISTS + list;
}

/** Pages on a node's list. */
export function lruSize(k: Kernel, node: number, list: number): number {
  return k.of(lruColumns).size.get(shelfOf(node, list));
}

/** The pages of a node's list that lie in zones no higher than an index. **Source**: `lruvec_lru_size()`. */
export function lruSizeUpTo(k: Kernel, node: number, list: number, highest: number): number {
  const counter = zoneCounter(k.of(lruColumns), list);
  let pages = 0;
  for (let zone = 0; zone < k.world.zones.length; zone++)
    if (k.world.zones[zone]?.node === node && zoneIndex(k, zone) <= highest) pages += counter.get(zone);
  return pages;
}

/** Head of the page that has been on a node's list for longest, or -1. */
export function lruTail(k: Kernel, node: number, list: number): number {
  return k.of(lruColumns).last.get(shelfOf(node, list)) - 1;
}

/** The page behind which `head` came onto its list: the next to look at on the way from the tail; -1 at the list's head. */
export function lruBefore(k: Kernel, head: number): number {
  return k.of(lruColumns).prev.get(head) - 1;
}

/** Pages that reclaim could take out of a zone at best. **Source**: `zone_reclaimable_pages()`. */
export function zoneReclaimablePages(k: Kernel, zone: number): number {
  const c = k.of(lruColumns);
  const file = c.zoneInactiveFile.get(zone) + c.zoneActiveFile.get(zone);
  return canReclaimAnon(k) ? file + c.zoneInactiveAnon.get(zone) + c.zoneActiveAnon.get(zone) : file;
}

/** The swap device has a free slot. **Source**: `can_reclaim_anon_pages()`, `get_nr_swap_pages()`. */
export function canReclaimAnon(k: Kernel): boolean {
  return k.of(lruColumns).swapUsed.get(0) < (k.world.whole?.swapPages ?? 0);
}

/** `lruvec_add_folio()`, or `_tail`: the page's flags say where. */
export function lruAdd(k: Kernel, head: number, order: number, tail = false): void {
  const c = k.of(lruColumns);
  const flags = c.flags.get(head);
  assert((flags & PG_LRU) === 0, `a page that joins an LRU list is on none (pfn ${head})`);
  const list = lruListOf(flags);
  const row = shelfOf(nodeOfPage(k, head), list);
  c.flags.set(head, flags | PG_LRU);
  if (tail) linkTail(c, c.first, c.last, row, head);
  else linkHead(c, c.first, c.last, row, head);
  count(k, c, head, list, 1 << order);
}

/** `lruvec_del_folio()`: off its list; the other flags stay. */
export function lruDel(k: Kernel, head: number, order: number): void {
  const c = k.of(lruColumns);
  const flags = c.flags.get(head);
  assert((flags & PG_LRU) !== 0, `a page that leaves an LRU list is on one (pfn ${head})`);
  const list = lruListOf(flags);
  unlink(c, c.first, c.last, shelfOf(nodeOfPage(k, head), list), head);
  c.flags.set(head, flags & ~PG_LRU);
  count(k, c, head, list, -(1 << order));
}

/** Takes a page off its list into the hand of the reclaim or compaction that runs on this level. */
export function lruIsolate(k: Kernel, head: number, order: number): void {
  lruDel(k, head, order);
  const c = k.of(lruColumns);
  linkHead(c, c.isolatedFirst, c.isolatedLast, acRow(k), head);
  countIsolated(k, head, 1);
}

/** Takes a movable page that is on no LRU list into the same hand. **Source**: `isolate_movable_page()`. */
export function isolateMovable(k: Kernel, head: number): void {
  const c = k.of(lruColumns);
  c.flags.set(head, MOVABLE_IN_HAND);
  linkHead(c, c.isolatedFirst, c.isolatedLast, acRow(k), head);
}

/** The isolated page that was taken last, or -1. */
export function lastIsolated(k: Kernel): number {
  return k.of(lruColumns).isolatedFirst.get(acRow(k)) - 1;
}

/** The isolated page that was taken first, or -1. */
export function lruIsolated(k: Kernel): number {
  return k.of(lruColumns).isolatedLast.get(acRow(k)) - 1;
}

/** Takes a page out of the isolated ones; it is then on no list. All there is to do for one whose owner has begun to free it. */
export function lruUnisolate(k: Kernel, head: number): void {
  const c = k.of(lruColumns);
  unlink(c, c.isolatedFirst, c.isolatedLast, acRow(k), head);
  countIsolated(k, head, -1);
}

/** `folio_putback_lru()`, `putback_movable_page()`; `order` is -1 for a page that its owner has begun to free. */
export function lruPutback(k: Kernel, head: number, order: number, tail = false): void {
  lruUnisolate(k, head);
  if (order < 0) return;
  if (isMovableInHand(k, head)) k.of(lruColumns).flags.set(head, 0);
  else lruAdd(k, head, order, tail);
}

/** The flags and the place of an isolated page go over to the frame that its content has moved to. */
export function lruReplaceIsolated(k: Kernel, from: number, to: number, order: number): void {
  const c = k.of(lruColumns);
  const flags = c.flags.get(from);
  lruUnisolate(k, from);
  c.flags.set(from, 0);
  if (flags === MOVABLE_IN_HAND) return;
  c.flags.set(to, flags & ~PG_LRU);
  const node = nodeOfPage(k, from);
  if ((flags & PG_DIRTY) !== 0 && !isAnon(flags) && node !== nodeOfPage(k, to)) {
    c.dirty.set(node, c.dirty.get(node) - (1 << order));
    c.dirty.set(nodeOfPage(k, to), c.dirty.get(nodeOfPage(k, to)) + (1 << order));
  }
  lruAdd(k, to, order);
}

/**
 * The page goes back to the allocator: off whatever list it is on, its flags cleared, its swap slot released.
 *
 * - **Leaves out**: a page in a folio batch is freed when the batch is emptied; here it leaves the batch at once.
 * - **Source**: `__page_cache_release()` in mm/swap.c, `free_swap_cache()`.
 */
export function lruRelease(k: Kernel, head: number, order: number): void {
  const c = k.of(lruColumns);
  const flags = c.flags.get(head);
  if (flags === 0 && !mayBeHeld(k, c, head)) return;
  if ((flags & PG_LRU) !== 0) lruDel(k, head, order);
  else if (!removeFromBatches(k, c, head)) removeFromIsolated(k, c, head);
  if (flags !== 0) forgetContent(k, head, order);
}

/** The page is on an LRU list, in a batch or in a reclaimer's hand. */
export function isLruPage(k: Kernel, head: number): boolean {
  const c = k.of(lruColumns);
  if ((c.flags.get(head) & PG_LRU) !== 0 || c.next.get(head) !== 0 || c.prev.get(head) !== 0) return true;
  for (let cpu = 0; cpu < k.world.cpus; cpu++) if (c.batchFirst.get(cpu) === head + 1) return true;
  return rowOfIsolated(c, head) >= 0;
}

/** What is known of the page's content ends with it; `keepSlot`: the content lives on in swap. */
export function forgetContent(k: Kernel, head: number, order: number, keepSlot = false): void {
  const c = k.of(lruColumns);
  const flags = c.flags.get(head);
  const node = nodeOfPage(k, head);
  if ((flags & PG_DIRTY) !== 0 && !isAnon(flags)) c.dirty.set(node, c.dirty.get(node) - (1 << order));
  if ((flags & PG_WRITEBACK) !== 0) c.writeback.set(node, c.writeback.get(node) - (1 << order));
  if (!keepSlot && isAnon(flags) && (flags & PG_SWAPCACHE) !== 0) swapFree(k, 1 << order);
  c.flags.set(head, 0);
}

/** Takes slots of the swap device; false when it is full. **Source**: `add_to_swap()`. */
export function swapTake(k: Kernel, pages: number): boolean {
  const { swapUsed } = k.of(lruColumns);
  if (swapUsed.get(0) + pages > (k.world.whole?.swapPages ?? 0)) return false;
  swapUsed.set(0, swapUsed.get(0) + pages);
  return true;
}

/** Gives slots back. **Source**: `swap_free()`. */
export function swapFree(k: Kernel, pages: number): void {
  const { swapUsed } = k.of(lruColumns);
  swapUsed.set(0, Math.max(0, swapUsed.get(0) - pages));
}

/** Pages that a CPU collects before it takes the lru lock; as many as a pcplist batch where the machine is a small one. */
export function lruBatchSize(k: Kernel): number {
  return Math.min(k.world.whole?.kernel === "6.1" ? 15 : 31, k.world.geometry.pcpBatch);
}

/** The page waits in this CPU's batch; a block does not wait. Answers whether the batch has to be emptied. */
export function batchAdd(k: Kernel, head: number, order: number): boolean {
  const c = k.of(lruColumns);
  linkHead(c, c.batchFirst, c.batchLast, k.cpu, head);
  c.batchCount.set(k.cpu, c.batchCount.get(k.cpu) + 1);
  return order > 0 || c.batchCount.get(k.cpu) >= lruBatchSize(k);
}

/** Empties a CPU's batch onto the lists. **Source**: `lru_add_drain_cpu()`, `folio_batch_move_lru()`. */
export function batchDrain(k: Kernel, cpu: number): void {
  const c = k.of(lruColumns);
  for (let head = c.batchLast.get(cpu) - 1; head >= 0; head = c.batchLast.get(cpu) - 1) {
    unlink(c, c.batchFirst, c.batchLast, cpu, head);
    // Its owner may have begun to free it.
    if (k.ledger.order(head) >= 0) lruAdd(k, head, k.ledger.order(head));
  }
  c.batchCount.set(cpu, 0);
}

/** `folio_activate()`: to the active list; in a batch the flag alone. */
export function lruActivate(k: Kernel, head: number, order: number): void {
  const flags = lruFlags(k, head);
  if ((flags & (PG_ACTIVE | PG_UNEVICTABLE)) !== 0) return;
  const listed = (flags & PG_LRU) !== 0;
  if (listed) lruDel(k, head, order);
  setLruFlags(k, head, PG_ACTIVE);
  if (listed) lruAdd(k, head, order);
  countEvent(k, VM.pgactivate, 1 << order);
}

/** To the tail of the inactive list: it will be looked at next. **Source**: `folio_rotate_reclaimable()`, `lru_move_tail()`. */
export function lruRotate(k: Kernel, head: number, order: number): void {
  const flags = lruFlags(k, head);
  if ((flags & PG_LRU) === 0 || (flags & (PG_UNEVICTABLE | PG_DIRTY)) !== 0) return;
  lruDel(k, head, order);
  setLruFlags(k, head, 0, PG_ACTIVE);
  lruAdd(k, head, order, true);
}

type Lru = Bound<typeof lruColumns>;

/** A page without flags can still be in a batch or isolated: a clean page-cache page. Almost always it is not. */
function mayBeHeld(k: Kernel, c: Lru, head: number): boolean {
  if (c.next.get(head) !== 0 || c.prev.get(head) !== 0 || c.isolatedFile.get(nodeOfPage(k, head)) > 0) return true;
  for (let cpu = 0; cpu < k.world.cpus; cpu++) if (c.batchFirst.get(cpu) === head + 1) return true;
  return false;
}

function removeFromBatches(k: Kernel, c: Lru, head: number): boolean {
  for (let cpu = 0; cpu < k.world.cpus; cpu++) {
    for (let at = c.batchFirst.get(cpu) - 1; at >= 0; at = c.next.get(at) - 1) {
      if (at !== head) continue;
      unlink(c, c.batchFirst, c.batchLast, cpu, head);
      c.batchCount.set(cpu, c.batchCount.get(cpu) - 1);
      return true;
    }
  }
  return false;
}

/** The owner frees a page that another CPU has isolated: the last reference would be that CPU's, which then has nothing to do. */
function removeFromIsolated(k: Kernel, c: Lru, head: number): void {
  const row = rowOfIsolated(c, head);
  if (row < 0 && c.prev.get(head) === 0) return;
  unlink(c, c.isolatedFirst, c.isolatedLast, Math.max(row, 0), head);
  countIsolated(k, head, -1);
}

/** The level at whose end of the isolated pages this one is, or -1: nowhere, or in the middle. */
function rowOfIsolated(c: Lru, head: number): number {
  for (let row = 0; row < c.isolatedFirst.rows; row++)
    if (c.isolatedFirst.get(row) === head + 1 || c.isolatedLast.get(row) === head + 1) return row;
  return -1;
}

function count(k: Kernel, c: Lru, head: number, list: number, pages: number): void {
  const zone = zoneOfPage(k, head);
  const perZone = zoneCounter(c, list);
  perZone.set(zone, perZone.get(zone) + pages);
  const row = shelfOf(nodeOfPage(k, head), list);
  c.size.set(row, c.size.get(row) + pages);
}

function zoneCounter(c: Lru, list: number): Column {
  if (list === LRU_INACTIVE_ANON) return c.zoneInactiveAnon;
  if (list === LRU_ACTIVE_ANON) return c.zoneActiveAnon;
  if (list === LRU_INACTIVE_FILE) return c.zoneInactiveFile;
  return list === LRU_ACTIVE_FILE ? c.zoneActiveFile : c.zoneUnevictable;
}

function countIsolated(k: Kernel, head: number, folios: number): void {
  const c = k.of(lruColumns);
  if (isMovableInHand(k, head)) return;
  const column = isAnon(c.flags.get(head)) ? c.isolatedAnon : c.isolatedFile;
  const node = nodeOfPage(k, head);
  column.set(node, column.get(node) + folios);
}

function linkHead(c: Lru, first: Column, last: Column, row: number, head: number): void {
  const old = first.get(row);
  c.next.set(head, old);
  c.prev.set(head, 0);
  first.set(row, head + 1);
  if (old === 0) last.set(row, head + 1);
  else c.prev.set(old - 1, head + 1);
}

function linkTail(c: Lru, first: Column, last: Column, row: number, head: number): void {
  const old = last.get(row);
  c.prev.set(head, old);
  c.next.set(head, 0);
  last.set(row, head + 1);
  if (old === 0) first.set(row, head + 1);
  else c.next.set(old - 1, head + 1);
}

function unlink(c: Lru, first: Column, last: Column, row: number, head: number): void {
  const next = c.next.get(head);
  const prev = c.prev.get(head);
  if (prev === 0) first.set(row, next);
  else c.next.set(prev - 1, next);
  if (next === 0) last.set(row, prev);
  else c.prev.set(next - 1, prev);
  c.next.set(head, 0);
  c.prev.set(head, 0);
}
