import { type Bound, defineColumns } from "./column.ts";
import { InternalError } from "./failure.ts";
import { type DirtyPages, MOMENT, type Moments } from "./moments.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

/** Where a frame is, as a trusted ghost kept at the head row of its block. List kinds follow from 2 on. */
export const PLACE_IN_HAND = 0;
export const PLACE_ALLOCATED = 1;
export const PLACE_FIRST_LIST = 2;

export const listColumns = defineColumns("list", {
  first: { sort: "pfn", owner: "mm", per: ["list"], link: true, observable: true },
  last: { sort: "pfn", owner: "mm", per: ["list"], link: true },
  length: { sort: "count", owner: "mm", per: ["list"], max: (w) => w.pages },
  next: { sort: "pfn", owner: "mm", per: ["page"], link: true },
  prev: { sort: "pfn", owner: "mm", per: ["page"], link: true },
  /** Order of the block as it was listed, + 1; at its head only. */
  order: { sort: "order", owner: "ghost", per: ["page"], link: true },
  place: { sort: "count", owner: "ghost", per: ["page"], max: (w) => w.lists.kinds.length + 1, observable: true },
  /** Pages in each place, kept by the primitives so that conservation is O(1) to check. */
  placed: { sort: "count", owner: "ghost", per: ["place"], max: (w) => w.pages * 2 },
});

/**
 * The kernel's doubly linked lists as index links, with a trusted record of which list a frame is on.
 *
 * A frame that is added to a list while it is in another place is logged as a conflict (S17) and the operation is skipped:
 * from then on the structures mean nothing, and the state is not explored further.
 *
 * - **Shapes, units**: a list is an index into the world's list layout; blocks are named by their first pfn and an order.
 * - **Cost**: O(1) links, plus one pass over the block's rows and its possible heads for the conflict check.
 * - **Source**: include/linux/list.h; `page->buddy_list` and `page->pcp_list`.
 */
export class Lists {
  private readonly columns: Bound<typeof listColumns>;
  private readonly kindOf: Uint8Array;
  /** Kinds from which requests are served. */
  private readonly serves: Uint8Array;
  /** Kinds whose pages wait, and are not being worked on. */
  private readonly waits: Uint8Array;
  /** Lock of each list, or -1. */
  private readonly lockOf: Int32Array;

  constructor(
    state: State,
    private readonly world: World,
    private readonly dirty: DirtyPages,
    private readonly moments: Moments,
    /** Order of the allocated block whose head is `pfn`, as the ledger has it. */
    private readonly allocatedOrder: (pfn: number) => number = () => -1,
    /** Told of the lock that a list about to be changed is guarded by. */
    private readonly changing: (lock: number) => void = () => {},
  ) {
    this.columns = state.of(listColumns);
    this.kindOf = new Uint8Array(world.lists.total);
    this.serves = Uint8Array.from(world.lists.kinds, (kind) => (kind.mustDrain || kind.parked === true ? 0 : 1));
    this.waits = Uint8Array.from(world.lists.kinds, (kind) => (kind.mustDrain && kind.inProgress !== true ? 1 : 0));
    this.lockOf = new Int32Array(world.lists.total).fill(-1);
    world.lists.kinds.forEach((kind, index) => {
      const base = world.lists.base[index] as number;
      this.kindOf.fill(index, base, base + kind.count);
      for (let i = 0; i < kind.count; i++) this.lockOf[base + i] = kind.lock?.(i) ?? -1;
    });
  }

  /** The head of the first block, or -1. */
  first(list: number): number {
    return this.columns.first.get(list) - 1;
  }

  last(list: number): number {
    return this.columns.last.get(list) - 1;
  }

  next(pfn: number): number {
    return this.columns.next.get(pfn) - 1;
  }

  length(list: number): number {
    return this.columns.length.get(list);
  }

  /** Order of the listed block whose head is `pfn`, or -1 if no listed block starts there. */
  order(pfn: number): number {
    return this.columns.order.get(pfn) - 1;
  }

  /** Pages in a place: `PLACE_ALLOCATED`, or `PLACE_FIRST_LIST` + list kind. */
  pagesIn(place: number): number {
    return this.columns.placed.get(place);
  }

  placeOf(pfn: number): number {
    return this.columns.place.get(pfn);
  }

  /** Requests are served from lists of this place. */
  servesFrom(place: number): boolean {
    return place >= PLACE_FIRST_LIST && this.serves[place - PLACE_FIRST_LIST] === 1;
  }

  /** Pages of this place wait on a list that must drain, and nobody works on them. */
  waitsIn(place: number): boolean {
    return place >= PLACE_FIRST_LIST && this.waits[place - PLACE_FIRST_LIST] === 1;
  }

  addHead(list: number, pfn: number, order: number): void {
    if (!this.claim(list, pfn, order)) return;
    const c = this.columns;
    const old = c.first.get(list);
    c.next.set(pfn, old);
    c.prev.set(pfn, 0);
    c.first.set(list, pfn + 1);
    if (old === 0) c.last.set(list, pfn + 1);
    else c.prev.set(old - 1, pfn + 1);
  }

  addTail(list: number, pfn: number, order: number): void {
    if (!this.claim(list, pfn, order)) return;
    const c = this.columns;
    const old = c.last.get(list);
    c.prev.set(pfn, old);
    c.next.set(pfn, 0);
    c.last.set(list, pfn + 1);
    if (old === 0) c.first.set(list, pfn + 1);
    else c.next.set(old - 1, pfn + 1);
  }

  /** Takes a block off the list it is on. */
  remove(list: number, pfn: number): void {
    const c = this.columns;
    const order = c.order.get(pfn) - 1;
    if (order < 0) throw new InternalError(`a block removed from list ${list} is on it (pfn ${pfn})`);
    const next = c.next.get(pfn);
    const prev = c.prev.get(pfn);
    const atItsEnds = (prev !== 0 || c.first.get(list) === pfn + 1) && (next !== 0 || c.last.get(list) === pfn + 1);
    if (!atItsEnds) throw new InternalError(`a block removed from list ${list} is not on another list (pfn ${pfn})`);
    this.guard(list);
    if (prev === 0) c.first.set(list, next);
    else c.next.set(prev - 1, next);
    if (next === 0) c.last.set(list, prev);
    else c.prev.set(next - 1, prev);
    c.next.set(pfn, 0);
    c.prev.set(pfn, 0);
    c.order.set(pfn, 0);
    c.length.set(list, c.length.get(list) - 1);
    this.unplace(PLACE_FIRST_LIST + (this.kindOf[list] as number), pfn, order);
  }

  /** Records a hand-out to a caller. Called by the workload's ledger only. */
  placeAllocated(pfn: number, order: number): boolean {
    if (!this.unplaced(pfn, order)) return false;
    this.place(PLACE_ALLOCATED, pfn, order);
    return true;
  }

  unplaceAllocated(pfn: number, order: number): void {
    this.unplace(PLACE_ALLOCATED, pfn, order);
  }

  /** Head of the listed or allocated block that contains `pfn`, or -1 if the frame is in hand. Cost: O(orders). */
  headOf(pfn: number, allocatedOrder = this.allocatedOrder): number {
    for (let order = 0; order <= this.world.geometry.maxOrder; order++) {
      const head = pfn & ~((1 << order) - 1);
      const place = this.columns.place.get(head);
      if (place === PLACE_IN_HAND) continue;
      const size = place === PLACE_ALLOCATED ? allocatedOrder(head) : this.columns.order.get(head) - 1;
      if (size >= order) return head;
    }
    return -1;
  }

  private claim(list: number, pfn: number, order: number): boolean {
    if (!this.unplaced(pfn, order)) return false;
    this.guard(list);
    const kind = this.kindOf[list] as number;
    this.columns.order.set(pfn, order + 1);
    this.columns.length.set(list, this.columns.length.get(list) + 1);
    this.place(PLACE_FIRST_LIST + kind, pfn, order);
    if (this.serves[kind] === 1) this.moments.push(MOMENT.listInsert, pfn, order);
    return true;
  }

  private guard(list: number): void {
    const lock = this.lockOf[list] as number;
    if (lock >= 0) this.changing(lock);
  }

  private unplaced(pfn: number, order: number): boolean {
    const c = this.columns;
    for (let i = 0; i < 1 << order; i++) {
      const place = c.place.get(pfn + i);
      if (place !== PLACE_IN_HAND) return this.conflict(pfn + i, place);
    }
    for (let above = order + 1; above <= this.world.geometry.maxOrder; above++) {
      const head = pfn & ~((1 << above) - 1);
      const place = c.place.get(head);
      if (place !== PLACE_IN_HAND && this.sizeAt(head, place) >= above) return this.conflict(pfn, place);
    }
    return true;
  }

  /** Order of the placed block whose head is `head`. */
  private sizeAt(head: number, place: number): number {
    return place === PLACE_ALLOCATED ? this.allocatedOrder(head) : this.columns.order.get(head) - 1;
  }

  private conflict(pfn: number, place: number): false {
    this.moments.push(MOMENT.placeConflict, pfn, place);
    return false;
  }

  private place(place: number, pfn: number, order: number): void {
    this.columns.place.set(pfn, place);
    this.columns.placed.set(place, this.columns.placed.get(place) + (1 << order));
    this.dirty.addRange(pfn, 1 << order);
  }

  private unplace(place: number, pfn: number, order: number): void {
    this.columns.place.set(pfn, PLACE_IN_HAND);
    this.columns.placed.set(place, this.columns.placed.get(place) - (1 << order));
    this.dirty.addRange(pfn, 1 << order);
  }
}
