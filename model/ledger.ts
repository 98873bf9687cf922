import { type Bound, defineColumns } from "./column.ts";
import type { Hardware } from "./hardware.ts";
import { TAG_PUBLIC, TAG_SECRET } from "./hardware-columns.ts";
import type { Lists } from "./lists.ts";
import { type DirtyPages, MOMENT, type Moments } from "./moments.ts";
import type { Request } from "./request.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

/** How a frame was asked for. */
export const ASKED_NOTHING = 0;
export const ASKED_NONSENSITIVE = 1;
export const ASKED_SENSITIVE = 2;

export const ledgerColumns = defineColumns("ledger", {
  /** Order of the allocated block, + 1, at its head. */
  order: { sort: "order", owner: "workload", per: ["page"], link: true, observable: true },
  /** ASKED_* of every frame of an allocated block. */
  asked: { sort: "count", owner: "workload", per: ["page"], max: () => 2, observable: true },
});

/**
 * Who was given what: written by the workload when a call returns, never by the implementation. The accused does not write
 * the evidence.
 *
 * - **Shapes, units**: blocks by head pfn and order; the secret's owner is the mm of the CPU that asked.
 */
export class Ledger {
  private readonly columns: Bound<typeof ledgerColumns>;

  constructor(
    state: State,
    private readonly world: World,
    private readonly hardware: Hardware,
    private readonly lists: Lists,
    private readonly dirty: DirtyPages,
    private readonly moments: Moments,
  ) {
    this.columns = state.of(ledgerColumns);
  }

  /** Order of the allocated block whose head is `pfn`, or -1. */
  order(pfn: number): number {
    return this.columns.order.get(pfn) - 1;
  }

  asked(pfn: number): number {
    return this.columns.asked.get(pfn);
  }

  /** An allocation returned `pfn` to a task of `mm`: the block is its own from now on, and it writes what it asked memory for. */
  handOut(pfn: number, order: number, request: Request, mm: number): void {
    this.moments.push(MOMENT.handOut, pfn, request.secret ? 1 : 0);
    if (!this.lists.placeAllocated(pfn, order)) return;
    this.columns.order.set(pfn, order + 1);
    const asked = request.secret ? ASKED_SENSITIVE : ASKED_NONSENSITIVE;
    const tag = request.secret ? TAG_SECRET + mm : TAG_PUBLIC;
    for (let i = 0; i < 1 << order; i++) {
      this.columns.asked.set(pfn + i, asked);
      this.hardware.ownerWrites(pfn + i, tag);
    }
  }

  /** The owner gives the block back: from here until the free returns it is in the freeing call's hand. */
  takeBack(pfn: number): number {
    const order = this.columns.order.get(pfn) - 1;
    this.columns.order.set(pfn, 0);
    for (let i = 0; i < 1 << order; i++) this.columns.asked.set(pfn + i, ASKED_NOTHING);
    this.lists.unplaceAllocated(pfn, order);
    return order;
  }

  /** Splits an allocated block into pages, which may then be freed one by one (split_page, and THPs freed in pieces). */
  split(pfn: number, into: number): void {
    const order = this.columns.order.get(pfn) - 1;
    this.lists.unplaceAllocated(pfn, order);
    for (let piece = pfn; piece < pfn + (1 << order); piece += 1 << into) {
      this.columns.order.set(piece, into + 1);
      this.lists.placeAllocated(piece, into);
    }
  }

  /** Marks memory that was in use before the run began: nonsensitive kernel memory of no interest. */
  reserve(pfn: number, order: number): void {
    this.lists.placeAllocated(pfn, order);
    this.columns.order.set(pfn, order + 1);
    for (let i = 0; i < 1 << order; i++) this.columns.asked.set(pfn + i, ASKED_NONSENSITIVE);
    this.dirty.addRange(pfn, 1 << order);
  }

  mmOf(cpu: number): number {
    return cpu % this.world.mms;
  }
}
