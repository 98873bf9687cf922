import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { EventText } from "../trace/parser.ts";
import { isPcpOrder } from "./pcp-orders.ts";
import { SnapshotMoments } from "./snapshot-moments.ts";

/** A block that lay on a pcplist when the trace began: neither in the free map nor in use, as its first event tells. */
export interface ListedAtStart {
  readonly pfn: number;
  readonly order: number;
  /** Of the list it lay on. */
  readonly migratetype: number;
  readonly cpu: number;
  /** `taken` from the list's head by an allocation, `drained` from its tail, or never named: at its very end. */
  readonly how: "taken" | "drained" | "unnamed";
}

export function listKey(cpu: number, migratetype: number, order: number): string {
  return `${cpu} ${migratetype} ${order}`;
}

/** Of a pageblock that no event tells the type of. */
export const TYPE_UNKNOWN = -1;

/** Where a page is, as far as the events so far tell. */
const UNNAMED = 0;
const BUDDY = 1;
const LIVE = 2;
/** Freed by an event seen, so that the list it lies on is its pageblock's. */
const FREED = 3;
/** Taken from the buddy lists. */
const TAKEN = 4;

/**
 * Reads a trace ahead for what its beginning does not tell: which pages lay on the pcplists, and the types of pageblocks.
 *
 *     first event of a page that was not in the free map        it was
 *     mm_page_alloc on cpu c, of type t                         on c's list of type t, in the order of such events
 *     mm_page_pcpu_drain on cpu c, of type t                    at the tail of that list, in the reverse order
 *     mm_page_free                                              in use
 *
 * A pageblock's type at the start is that of the first event which depends on it: a block taken from a free list of that type,
 * a stolen block's old type, the list on which a page that was seen freed is found.
 *
 * - **Cost**: one reading; a byte per page.
 * - **Leaves out**: pages on the lists that the whole trace never names; see unnamed-pages.ts.
 */
export class FirstReading {
  readonly listed: ListedAtStart[] = [];
  /** By pageblock: the migratetype at the start, or `TYPE_UNKNOWN`. */
  readonly typeOfBlock: Int8Array;
  /** By pageblock: pages freed into it, of which a wrong guess would put on a wrong list. */
  readonly freesOfBlock: Uint32Array;
  readonly snapshot = new SnapshotMoments();
  /** By CPU, list: it was refilled or drained, so that nothing older than the trace is left at its end. */
  readonly stirred = new Set<string>();
  private events = 0;
  private readonly where: Uint8Array;
  private readonly blockShift: number;

  constructor(
    pages: number,
    pageblockOrder: number,
    free: FreeBlocks,
    /** Events that the free map is younger than. */
    private readonly eventsBefore = 0,
  ) {
    this.blockShift = pageblockOrder;
    this.where = new Uint8Array(pages);
    this.typeOfBlock = new Int8Array((pages >>> pageblockOrder) + 1).fill(TYPE_UNKNOWN);
    this.freesOfBlock = new Uint32Array(this.typeOfBlock.length);
    for (let i = 0; i < free.count; i++) this.move(free.pfn[i] as number, free.order[i] as number, BUDDY);
  }

  take(event: Readonly<TraceEvent>, text: EventText): void {
    this.events++;
    this.snapshot.take(event, text, this.events);
    if (this.events <= this.eventsBefore) return;
    const { pfn, order, kind } = event;
    if (pfn < 0 || event.failed === 1 || pfn + (1 << order) > this.where.length) return;
    if (kind === EVENT.alloc) this.takeAlloc(event);
    else if (kind === EVENT.free) this.takeFree(pfn, order);
    else if (kind === EVENT.zoneLocked) this.takeZoneLocked(event);
    else if (kind === EVENT.pcpuDrain) this.takeDrain(event);
    else if (kind === EVENT.extfrag) this.takeFallback(event);
  }

  private takeAlloc(event: Readonly<TraceEvent>): void {
    const { pfn, order, migratetype } = event;
    const where = this.where[pfn];
    if (where === UNNAMED && isPcpOrder(order)) this.list(event, "taken");
    if (where === UNNAMED || where === FREED) this.learn(pfn, migratetype);
    this.move(pfn, order, LIVE);
  }

  private takeFree(pfn: number, order: number): void {
    this.freesOfBlock[pfn >>> this.blockShift]++;
    this.move(pfn, order, isPcpOrder(order) ? FREED : BUDDY);
  }

  private takeZoneLocked({ pfn, order, migratetype, cpu }: Readonly<TraceEvent>): void {
    if (this.where[pfn] === BUDDY) this.learn(pfn, migratetype);
    this.stirred.add(listKey(cpu, migratetype, order));
    this.move(pfn, order, TAKEN);
  }

  private takeDrain(event: Readonly<TraceEvent>): void {
    const where = this.where[event.pfn];
    if (where === UNNAMED) this.list(event, "drained");
    if (where === UNNAMED || where === FREED) this.learn(event.pfn, event.migratetype);
    this.stirred.add(listKey(event.cpu, event.migratetype, event.order));
    this.move(event.pfn, event.order, BUDDY);
  }

  /** No event names the page, and it was not free: it was in use all the time, or lay on a pcplist. */
  isNeverNamed(pfn: number): boolean {
    return this.where[pfn] === UNNAMED;
  }

  private takeFallback(event: Readonly<TraceEvent>): void {
    const blocks = 1 << Math.max(0, event.fallbackOrder - this.blockShift);
    for (let i = 0; i < blocks; i++) this.learn(event.pfn + (i << this.blockShift), event.fallbackMigratetype);
  }

  private list({ pfn, order, migratetype, cpu }: Readonly<TraceEvent>, how: ListedAtStart["how"]): void {
    if (migratetype < 0 || cpu < 0) return;
    // The free map is read page by page while the machine runs: a block may be half in it.
    if (this.where.subarray(pfn, pfn + (1 << order)).some((where) => where !== UNNAMED)) return;
    this.listed.push({ pfn, order, migratetype, cpu, how });
  }

  /** The first evidence stands: what comes later may be a change. */
  private learn(pfn: number, migratetype: number): void {
    const block = pfn >>> this.blockShift;
    if (this.typeOfBlock[block] === TYPE_UNKNOWN) this.typeOfBlock[block] = migratetype;
  }

  private move(pfn: number, order: number, where: number): void {
    this.where.fill(where, pfn, pfn + (1 << order));
  }
}
