import { InputError } from "../../model/failure.ts";
import type { TraceZone } from "../trace/meta.ts";
import {
  ANY_TYPE,
  type BuddyRules,
  isDetermined,
  MAX_ORDER,
  mayMerge,
  PAGEBLOCK_ORDER,
  PAGEBLOCK_PAGES,
  TYPES,
} from "./rules.ts";

/** A free block: first page and log2 of its pages. */
export interface Block {
  readonly pfn: number;
  readonly order: number;
}

/** 256 GiB; what lies beyond is not followed. */
const PAGES_MAX = 2 ** 26;
const ORDERS = MAX_ORDER + 1;

/**
 * The buddy lists of the recorded machine as the trace implies them: which blocks are free, and on whose list each may be.
 *
 * A label is a set of types: what nothing has been seen of may be on any list; an event narrows it. Constraints that events
 * put on labels speak of one block each, so a labelling that is consistent with everything seen exists as long as no set
 * becomes empty.
 *
 * - **Shapes, units**: typed arrays over the zones' span, 3 bytes a page.
 * - **Cost**: taking and returning a block O(orders); narrowing O(blocks of that order), each block at most `TYPES` times.
 * - **Errors**: `TRACE-MEMORY` for zones that end above 256 GiB.
 */
export class FreeMap {
  /** Order + 1 at a free block's first page, else 0. */
  readonly headOrder: Uint8Array;
  /** Lists a free block may be on; at its first page. */
  readonly listMask: Uint8Array;
  /** Types a pageblock may have. */
  readonly pageblockMask: Uint8Array;
  readonly zones: readonly TraceZone[];
  readonly rules: BuddyRules;
  pagesFree = 0;
  /** Labels that began unknown and were pinned to one type by an event: of free blocks in 6.1, of pageblocks in 6.12. */
  determined = 0;
  private readonly zoneIndex: Uint8Array;
  private readonly blocksMaybe: Int32Array;
  private readonly blocksSurely: Int32Array;

  constructor(zones: readonly TraceZone[], rules: BuddyRules) {
    const pages = Math.max(...zones.map((zone) => zone.startPfn + zone.spanned));
    if (pages > PAGES_MAX) {
      throw new InputError(
        "TRACE-MEMORY",
        `Validation follows memory up to pfn ${PAGES_MAX}; a zone ends at ${pages}.`,
      );
    }
    this.zones = zones;
    this.rules = rules;
    this.headOrder = new Uint8Array(pages + 1);
    this.listMask = new Uint8Array(pages + 1);
    this.zoneIndex = new Uint8Array(pages + 1);
    this.pageblockMask = new Uint8Array((pages >> PAGEBLOCK_ORDER) + 1).fill(ANY_TYPE);
    this.blocksMaybe = new Int32Array(zones.length * ORDERS * TYPES);
    this.blocksSurely = new Int32Array(zones.length * ORDERS * TYPES);
    for (const [index, { startPfn, spanned }] of zones.entries()) {
      this.zoneIndex.fill(index + 1, startPfn, startPfn + spanned);
    }
  }

  /** Zone number of a page, -1 outside all zones. */
  zoneOf(pfn: number): number {
    return (this.zoneIndex[pfn] ?? 0) - 1;
  }

  /** Whether all of a block lies in one zone and is aligned to its size. */
  isPlace(pfn: number, order: number): boolean {
    const zone = this.zoneOf(pfn);
    return (
      order <= MAX_ORDER && zone >= 0 && (pfn & ((1 << order) - 1)) === 0 && this.zoneOf(pfn + 2 ** order - 1) === zone
    );
  }

  /** First page of the free block that holds this page, or -1. */
  headOf(pfn: number): number {
    for (let order = 0; order <= MAX_ORDER; order++) {
      const head = pfn & -(1 << order);
      if ((this.headOrder[head] ?? 0) > order) return head;
    }
    return -1;
  }

  orderAt(head: number): number {
    return (this.headOrder[head] ?? 0) - 1;
  }

  /** Free blocks of an order that may be, and that certainly are, on a type's list. */
  maybeOn(zone: number, order: number, type: number): number {
    return this.blocksMaybe[(zone * ORDERS + order) * TYPES + type] as number;
  }

  surelyOn(zone: number, order: number, type: number): number {
    return this.blocksSurely[(zone * ORDERS + order) * TYPES + type] as number;
  }

  /** Types of every pageblock that a block touches. */
  pageblocksOf(pfn: number, order: number): number {
    let mask = ANY_TYPE;
    for (let at = pfn; at < pfn + 2 ** order; at += PAGEBLOCK_PAGES)
      mask &= this.pageblockMask[at >> PAGEBLOCK_ORDER] as number;
    return mask;
  }

  insert(pfn: number, order: number, mask: number): void {
    this.headOrder[pfn] = order + 1;
    this.listMask[pfn] = mask;
    this.pagesFree += 2 ** order;
    this.count(pfn, order, mask, 1);
  }

  remove(head: number): void {
    const order = this.orderAt(head);
    this.count(head, order, this.listMask[head] as number, -1);
    this.headOrder[head] = 0;
    this.pagesFree -= 2 ** order;
  }

  /**
   * Takes a piece out of the free block that holds it; what is left stays as halves, never merged, on the list `rest`.
   */
  carve(pfn: number, order: number, rest: number): void {
    let head = this.headOf(pfn);
    let at = this.orderAt(head);
    this.remove(head);
    while (at > order) {
      at--;
      const middle = head + 2 ** at;
      const left = pfn < middle ? middle : head;
      this.insert(left, at, this.rules.listIsPageblock ? this.pageblocksOf(left, at) : rest);
      if (pfn >= middle) head = middle;
    }
  }

  /** Puts a block back on a list of `mask`, merged with its buddies as far as they are free. */
  merge(pfn: number, order: number, mask: number): Block {
    const zone = this.zoneOf(pfn);
    const type = 31 - Math.clz32(mask & -mask);
    let head = pfn;
    let at = order;
    for (; at < MAX_ORDER; at++) {
      const buddy = head ^ (1 << at);
      if (this.headOrder[buddy] !== at + 1 || this.zoneOf(buddy) !== zone) break;
      if (at >= PAGEBLOCK_ORDER && !mayMerge(at, type, this.pageblocksOf(buddy, at))) break;
      this.remove(buddy);
      if (this.rules.listIsPageblock && at >= PAGEBLOCK_ORDER) this.setPageblocks(buddy, at, mask);
      head = Math.min(head, buddy);
    }
    this.insert(head, at, mask);
    return { pfn: head, order: at };
  }

  /** Narrows a free block's label to the types in `mask`; answers false, and changes nothing, if none is left. */
  narrow(head: number, mask: number): boolean {
    const known = this.listMask[head] as number;
    const left = known & mask;
    if (left === 0) return false;
    if (left === known) return true;
    const order = this.orderAt(head);
    if (this.rules.listIsPageblock) return this.narrowPageblocks(head, order, left);
    if (isDetermined(left)) this.determined++;
    this.relabel(head, left);
    return true;
  }

  /** Narrows the types of the pageblocks that a block touches; in 6.12 of all free blocks within. */
  narrowPageblocks(pfn: number, order: number, mask: number): boolean {
    const known = this.pageblocksOf(pfn, order);
    if ((known & mask) === 0) return false;
    if ((known & mask) === known) return true;
    if (isDetermined(known & mask)) this.determined++;
    this.setPageblocks(pfn, order, known & mask);
    return true;
  }

  /** The pageblocks change hands, or more is known of them. In 6.12 their free blocks follow. */
  setPageblocks(pfn: number, order: number, mask: number): void {
    for (let at = pfn; at < pfn + 2 ** order; at += PAGEBLOCK_PAGES) {
      const pageblock = at >> PAGEBLOCK_ORDER;
      this.pageblockMask[pageblock] = mask;
      if (this.rules.listIsPageblock) this.moveBlocksOf(pageblock * PAGEBLOCK_PAGES, mask);
    }
  }

  /** Moves every free block of a pageblock, from page `from` on, to another list. */
  moveBlocksOf(pageblockPfn: number, mask: number, from = pageblockPfn): void {
    for (let at = from; at < pageblockPfn + PAGEBLOCK_PAGES; ) {
      const order = this.orderAt(at);
      if (order >= 0) this.relabel(at, mask);
      at += order >= 0 ? 2 ** order : 1;
    }
  }

  /** Free pages of a pageblock, blocks that begin in it only. */
  freeIn(pageblockPfn: number): number {
    let free = 0;
    for (let at = pageblockPfn; at < pageblockPfn + PAGEBLOCK_PAGES; ) {
      const order = this.orderAt(at);
      if (order >= 0) free += 2 ** order;
      at += order >= 0 ? 2 ** order : 1;
    }
    return free;
  }

  relabel(head: number, mask: number): void {
    const order = this.orderAt(head);
    this.count(head, order, this.listMask[head] as number, -1);
    this.listMask[head] = mask;
    this.count(head, order, mask, 1);
  }

  /** Free blocks of one order of a zone that satisfy `wanted`, ascending, until it answers "stop". */
  find(zone: number, order: number, wanted: (head: number, mask: number) => boolean): number {
    const { startPfn, spanned } = this.zones[zone] as TraceZone;
    const size = 2 ** order;
    for (let pfn = Math.ceil(startPfn / size) * size; pfn < startPfn + spanned; pfn += size) {
      if (this.headOrder[pfn] === order + 1 && wanted(pfn, this.listMask[pfn] as number)) return pfn;
    }
    return -1;
  }

  /** Nobody of this order is on the type's list: every label that allowed it loses it. */
  exclude(zone: number, order: number, type: number): void {
    if (this.maybeOn(zone, order, type) === 0) return;
    this.find(zone, order, (head, mask) => {
      if ((mask & (1 << type)) !== 0 && !isDetermined(mask)) this.narrow(head, ~(1 << type));
      return this.maybeOn(zone, order, type) === 0;
    });
  }

  private count(pfn: number, order: number, mask: number, by: number): void {
    const base = (this.zoneOf(pfn) * ORDERS + order) * TYPES;
    const sure = isDetermined(mask);
    for (let type = 0; type < TYPES; type++) {
      if ((mask & (1 << type)) === 0) continue;
      this.blocksMaybe[base + type] = (this.blocksMaybe[base + type] as number) + by;
      if (sure) this.blocksSurely[base + type] = (this.blocksSurely[base + type] as number) + by;
    }
  }
}
