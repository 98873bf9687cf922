import { type Bound, type Column, defineColumns } from "./column.ts";
import type { Hardware } from "./hardware.ts";
import { TAG_PUBLIC, TAG_SECRET } from "./hardware-columns.ts";
import type { Lists } from "./lists.ts";
import { type DirtyPages, MOMENT, type Moments, SEIZED } from "./moments.ts";
import type { Request } from "./request.ts";
import { asiColumns } from "./space-columns.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

const PINNED = 4;
const UNSAVED = 8;

/** How a frame was asked for. */
export const ASKED_NOTHING = 0;
export const ASKED_NONSENSITIVE = 1;
export const ASKED_SENSITIVE = 2;

/** What the owner of a block holds it for: kernel memory stays where it is; page-cache and anonymous pages can be taken away. */
export const USE_KERNEL = 0;
export const USE_FILE = 1;
export const USE_ANON = 2;
/** Not on an LRU, but its owner can move it (zsmalloc, balloon). */
export const USE_MOVABLE = 3;

export const ledgerColumns = defineColumns("ledger", {
  /** Order of the allocated block, + 1, at its head. */
  order: { sort: "order", owner: "workload", per: ["page"], link: true, observable: true },
  /** ASKED_* of every frame of an allocated block. */
  asked: { sort: "count", owner: "workload", per: ["page"], max: () => 2, observable: true },
  /** USE_* at the head of an allocated block, + 4 while pinned for long, + 8 while its content exists nowhere else. */
  use: { sort: "count", owner: "workload", per: ["page"], max: () => 15, when: (w) => w.whole !== undefined },
});

/**
 * Who was given what: written by the workload when a call returns, never by the implementation. The accused does not write
 * the evidence.
 *
 * - **Shapes, units**: blocks by head pfn and order; the secret's owner is the mm of the CPU that asked.
 */
export class Ledger {
  private readonly columns: Bound<typeof ledgerColumns>;
  private readonly taskMm: Column | undefined;

  constructor(
    state: State,
    private readonly world: World,
    private readonly hardware: Hardware,
    private readonly lists: Lists,
    private readonly dirty: DirtyPages,
    private readonly moments: Moments,
  ) {
    this.columns = state.of(ledgerColumns);
    this.taskMm = world.spaces === undefined ? undefined : state.of(asiColumns).taskMm;
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
    if (this.world.whole !== undefined) this.columns.use.set(pfn, USE_KERNEL);
    this.lists.unplaceAllocated(pfn, order);
    return order;
  }

  /** Splits an allocated block into pages, which may then be freed one by one (split_page, and THPs freed in pieces). */
  split(pfn: number, into: number): void {
    const order = this.columns.order.get(pfn) - 1;
    const use = this.world.whole === undefined ? USE_KERNEL : this.columns.use.get(pfn);
    this.lists.unplaceAllocated(pfn, order);
    for (let piece = pfn; piece < pfn + (1 << order); piece += 1 << into) {
      this.columns.order.set(piece, into + 1);
      if (this.world.whole !== undefined) this.columns.use.set(piece, use);
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

  /** USE_* of an allocated block. */
  use(head: number): number {
    return this.columns.use.get(head) & 3;
  }

  isPinned(head: number): boolean {
    return (this.columns.use.get(head) & PINNED) !== 0;
  }

  /** The content of the block exists nowhere else: dirty page cache, or an anonymous page with no copy in swap. */
  isUnsaved(head: number): boolean {
    return (this.columns.use.get(head) & UNSAVED) !== 0;
  }

  /** The workload says what it holds a block for. */
  setUse(head: number, use: number): void {
    this.columns.use.set(head, use);
  }

  setPinned(head: number, pinned: boolean): void {
    this.setFlag(head, PINNED, pinned);
  }

  setUnsaved(head: number, unsaved: boolean): void {
    this.setFlag(head, UNSAVED, unsaved);
  }

  /** Reclaim takes a page-cache or anonymous block from its owner, who will ask again when it misses it. */
  reclaim(head: number): void {
    const fault = this.isUnsaved(head) ? SEIZED.unsaved : this.faultOfTaking(head);
    if (fault !== 0) this.moments.push(MOMENT.seized, head, fault);
    if (fault === SEIZED.notAllocated) return;
    this.columns.use.set(head, USE_KERNEL);
    this.takeBack(head);
  }

  /** Migration: the content and its owner move to another frame; the old frame is in the caller's hand from here on. */
  migrate(from: number, to: number): void {
    const order = this.order(from);
    const fault = this.faultOfTaking(from);
    if (fault !== 0) this.moments.push(MOMENT.seized, from, fault);
    if (fault === SEIZED.notAllocated) return;
    const use = this.columns.use.get(from);
    const asked = this.columns.asked.get(from);
    for (let i = 0; i < 1 << order; i++) this.hardware.copy(from + i, to + i);
    this.columns.use.set(from, USE_KERNEL);
    this.takeBack(from);
    this.moments.push(MOMENT.handOut, to, asked === ASKED_SENSITIVE ? 1 : 0);
    if (!this.lists.placeAllocated(to, order)) {
      this.moments.push(MOMENT.seized, to, SEIZED.targetNotInHand);
      return;
    }
    this.columns.order.set(to, order + 1);
    this.columns.use.set(to, use);
    for (let i = 0; i < 1 << order; i++) this.columns.asked.set(to + i, asked);
  }

  private faultOfTaking(head: number): number {
    if (this.columns.order.get(head) === 0) return SEIZED.notAllocated;
    if (this.use(head) === USE_KERNEL) return SEIZED.kernelMemory;
    return this.isPinned(head) ? SEIZED.pinned : 0;
  }

  private setFlag(head: number, flag: number, on: boolean): void {
    const use = this.columns.use.get(head);
    this.columns.use.set(head, on ? use | flag : use & ~flag);
  }

  /** The mm of the task that has the CPU. A kernel thread allocates for the first mm. */
  mmOf(cpu: number): number {
    if (this.taskMm === undefined) return cpu % this.world.mms;
    return this.taskMm.get(cpu) % this.world.mms;
  }
}
