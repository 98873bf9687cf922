import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { EventText } from "../trace/parser.ts";
import { isTaskContext } from "./context.ts";
import type { ListedAtStart } from "./first-reading.ts";
import type { Evidence } from "./options.ts";
import { isPcpOrder, PCP_ORDERS } from "./pcp-orders.ts";
import { ReclaimContext } from "./reclaim-context.ts";

/** An allocation that no event names (alloc_pages_bulk), found by its effects on a pcplist. */
export interface HiddenAllocation {
  /** It happened before this event of the trace, counted from 1, and after the one before that names the list. */
  readonly at: number;
  readonly pfn: number;
  readonly order: number;
  readonly migratetype: number;
  readonly cpu: number;
}

/** What the second reading tells of a trace's calls. */
export interface UnnamedFacts {
  /** In the order of their moments. */
  readonly hidden: readonly HiddenAllocation[];
  /** Calls, by the number of their event, that found their CPU's pcplists locked and went to the buddy lists. */
  readonly bypasses: ReadonlySet<number>;
  /** Pages that were taken for gone and turned up on their list. */
  readonly mistaken: number;
}

const TYPES = 3;
const NO_LIST = 0;

/** Where a page that is on no pcplist is. */
const ELSEWHERE = 0;
const BUDDY = 1;
const LIVE = 2;

/**
 * Reads a trace ahead for allocations that it does not name, by following the pcplists: they are stacks, so
 *
 * - a page is given out while another that was freed after it lies above it: the other one is gone,
 * - a list is refilled: it was empty, and all that lay on it is gone,
 * - a page on a list is freed: it was in use.
 *
 * Calls that passed the lists by show as well: a page that was freed leaves the buddy lists without having been drained, one
 * block alone leaves them and is given out, an interrupt frees between two pages of a batch that is being freed.
 *
 * What is gone and is freed next, or is never named again, was allocated, at the moment that shows it gone; what is given out
 * or drained next was not (an interrupt came in between a free's event and the free).
 *
 * - **Cost**: one reading; 17 bytes per page and the hidden allocations.
 * - **Leaves out**: pages of the start's lists that are taken unnamed; they count as in use at the start.
 */
export class SecondReading {
  private readonly found: HiddenAllocation[] = [];
  private mistaken = 0;
  private readonly bypasses = new Set<number>();
  private readonly where: Uint8Array;
  /** The list that the page is on, + 1. */
  private readonly listOf: Uint16Array;
  private readonly stampOf: Int32Array;
  /** The event before which the page was gone, and from which list; 0 for not gone. */
  private readonly goneAt: Int32Array;
  private readonly goneFrom: Uint16Array;
  private readonly stacks: number[][] = [];
  /** The event that freed the page onto a list, while it is there; 0 for none. */
  private readonly freedBy: Int32Array;
  private readonly runs: BuddyRun[];
  private readonly batches: FreedBatch[];
  private readonly context = new ReclaimContext();
  private stamp = 0;
  private events = 0;

  constructor(
    private readonly typeOfBlock: Int8Array,
    private readonly blockShift: number,
    pages: number,
    private readonly cpus: number,
    /** The zone's lists are refilled by more than one block at a time. */
    private readonly isBatched: (pfn: number) => boolean,
    free: FreeBlocks,
    listed: readonly ListedAtStart[],
    private readonly eventsBefore = 0,
    private readonly evidence: Evidence = "events",
  ) {
    this.where = new Uint8Array(pages);
    this.listOf = new Uint16Array(pages);
    this.stampOf = new Int32Array(pages);
    this.goneAt = new Int32Array(pages);
    this.goneFrom = new Uint16Array(pages);
    this.freedBy = new Int32Array(pages);
    this.runs = Array.from({ length: cpus }, () => ({ list: NO_LIST, first: -1, firstAt: 0, blocks: 0 }));
    this.batches = Array.from({ length: cpus }, () => ({ open: false, within: [] }));
    for (let list = 0; list < cpus * TYPES * PCP_ORDERS.length; list++) this.stacks.push([]);
    for (let i = 0; i < free.count; i++) this.put(free.pfn[i] as number, free.order[i] as number, BUDDY);
    // The first to be given out is the last to be put on the stack.
    for (let i = listed.length - 1; i >= 0; i--) {
      const { pfn, order, migratetype, cpu } = listed[i] as ListedAtStart;
      if (cpu < cpus && migratetype < TYPES) this.push(this.listAt(cpu, migratetype, order), pfn);
    }
  }

  take(event: Readonly<TraceEvent>, text: EventText): void {
    this.events++;
    this.context.note(event, text);
    if (this.events <= this.eventsBefore) return;
    const { pfn, order, kind, cpu } = event;
    if (pfn < 0 || event.failed === 1 || pfn + (1 << order) > this.where.length || cpu < 0 || cpu >= this.cpus) return;
    if (kind === EVENT.zoneLocked) {
      this.takeZoneLocked(event);
      return;
    }
    if (kind !== EVENT.extfrag) this.endRun(event);
    this.noteBatch(event);
    if (kind === EVENT.alloc) this.takeAlloc(event);
    else if (kind === EVENT.free) this.takeFree(event, text);
    else if (kind === EVENT.pcpuDrain) this.takeDrain(event);
  }

  /** What is gone at the end was never given back. */
  finish(): UnnamedFacts {
    for (let pfn = 0; pfn < this.goneAt.length; pfn++) if (this.goneAt[pfn] !== 0) this.confirm(pfn);
    const hidden = this.found.sort((a, b) => a.at - b.at || a.pfn - b.pfn);
    return { hidden, bypasses: this.bypasses, mistaken: this.mistaken };
  }

  /** Pages on a CPU's lists at present. */
  pagesListed(cpu: number): number {
    const perCpu = TYPES * PCP_ORDERS.length;
    let pages = 0;
    for (const link of this.listOf) {
      if (link !== NO_LIST && Math.floor((link - 1) / perCpu) === cpu)
        pages += 1 << (PCP_ORDERS[(link - 1) % PCP_ORDERS.length] as number);
    }
    return pages;
  }

  private takeAlloc({ pfn, order, migratetype, cpu }: Readonly<TraceEvent>): void {
    this.notGone(pfn);
    if (isPcpOrder(order) && migratetype < TYPES && this.listOf[pfn] !== NO_LIST) {
      const list = this.listAt(cpu, migratetype, order);
      if (this.listOf[pfn] === list + 1) this.popTo(list, pfn);
      else this.relabel(pfn, migratetype);
    }
    this.put(pfn, order, LIVE);
  }

  private takeFree(event: Readonly<TraceEvent>, text: EventText): void {
    const { pfn, order, cpu } = event;
    if (this.goneAt[pfn] !== 0) this.confirm(pfn);
    else if (this.listOf[pfn] !== NO_LIST) {
      this.gone(pfn);
      this.confirm(pfn);
    }
    // What the free scanner has taken and does not need was never anybody's.
    if (this.context.originOf(event, text) === "compaction" && this.where[pfn] === BUDDY) return;
    const type = this.typeOfBlock[pfn >>> this.blockShift] as number;
    this.put(pfn, order, isPcpOrder(order) ? ELSEWHERE : BUDDY);
    if (!isPcpOrder(order)) return;
    this.push(this.listAt(cpu, type >= 0 && type < TYPES ? type : 1, order), pfn);
    this.freedBy.fill(this.events, pfn, pfn + (1 << order));
  }

  private takeDrain({ pfn, order, migratetype }: Readonly<TraceEvent>): void {
    this.notGone(pfn);
    if (this.listOf[pfn] !== NO_LIST && typeOfList((this.listOf[pfn] as number) - 1) !== migratetype)
      this.relabel(pfn, migratetype);
    this.put(pfn, order, BUDDY);
  }

  private takeZoneLocked({ pfn, order, migratetype, cpu }: Readonly<TraceEvent>): void {
    this.notGone(pfn);
    for (let page = pfn; page < pfn + (1 << order); page++) {
      // Freed, never drained, and on a buddy list all the same.
      const by = this.freedBy[page] as number;
      if (by !== 0 && this.evidence === "events") this.bypasses.add(by);
    }
    this.put(pfn, order, ELSEWHERE);
    if (!isPcpOrder(order) || migratetype >= TYPES) return;
    const run = this.runs[cpu] as BuddyRun;
    const list = this.listAt(cpu, migratetype, order);
    if (run.list !== list + 1) {
      this.closeRun(run);
      Object.assign(run, { list: list + 1, first: pfn, firstAt: this.events, blocks: 1 });
      return;
    }
    if (run.blocks++ === 1) this.beginRefill(run);
    this.addTail(list, pfn);
  }

  /** A run of blocks that leave the buddy lists is over; of one alone what follows tells whether it refilled a list. */
  private endRun({ kind, pfn, cpu }: Readonly<TraceEvent>): void {
    const run = this.runs[cpu] as BuddyRun;
    if (run.blocks === 1 && kind === EVENT.alloc && pfn === run.first && this.isBatched(pfn)) {
      if (this.evidence === "events") this.bypasses.add(this.events);
      run.blocks = 0;
    }
    this.closeRun(run);
  }

  private closeRun(run: BuddyRun): void {
    if (run.blocks === 1) this.beginRefill(run);
    run.blocks = 0;
    run.list = NO_LIST;
  }

  /** A list is refilled when it is empty: all that seemed to lie on it is gone. */
  private beginRefill({ list, first, firstAt }: BuddyRun): void {
    if (this.evidence === "events") {
      this.popTo(list - 1, -1, firstAt);
      (this.stacks[list - 1] as number[]).length = 0;
    }
    this.addTail(list - 1, first);
  }

  /** A refill joins at the tail: the first of it is the first to be given out. */
  private addTail(list: number, pfn: number): void {
    // Told from calls alone, nothing follows from where a refill has put a page.
    if (this.evidence === "calls") return;
    this.listOf[pfn] = list + 1;
    this.stampOf[pfn] = ++this.stamp;
    (this.stacks[list] as number[]).unshift(pfn, this.stamp);
  }

  /** An interrupt between two pages of one batch finds the lists locked. */
  private noteBatch(event: Readonly<TraceEvent>): void {
    const batch = this.batches[event.cpu] as FreedBatch;
    if (!isTaskContext(event)) {
      if (batch.open && (event.kind === EVENT.alloc || event.kind === EVENT.free)) batch.within.push(this.events);
      return;
    }
    if (event.kind === EVENT.freeBatched) for (const call of batch.within) this.bypasses.add(call);
    batch.within.length = 0;
    batch.open = event.kind === EVENT.freeBatched;
  }

  /** Takes everything off that lies above a page, and the page; everything where it is not there. */
  private popTo(list: number, until: number, at = this.events): void {
    const stack = this.stacks[list] as number[];
    while (stack.length > 0) {
      const stamp = stack.pop() as number;
      const pfn = stack.pop() as number;
      if (this.listOf[pfn] !== list + 1 || this.stampOf[pfn] !== stamp) continue;
      if (pfn === until) return;
      this.gone(pfn, at);
    }
  }

  private gone(pfn: number, at = this.events): void {
    this.goneAt[pfn] = at;
    this.goneFrom[pfn] = (this.listOf[pfn] as number) - 1;
    this.listOf[pfn] = NO_LIST;
  }

  private confirm(pfn: number): void {
    const list = this.goneFrom[pfn] as number;
    const order = PCP_ORDERS[list % PCP_ORDERS.length] as number;
    const cpu = Math.floor(list / (TYPES * PCP_ORDERS.length));
    this.found.push({ at: this.goneAt[pfn] as number, pfn, order, migratetype: typeOfList(list), cpu });
    this.goneAt[pfn] = 0;
  }

  private notGone(pfn: number): void {
    if (this.goneAt[pfn] === 0) return;
    this.goneAt[pfn] = 0;
    this.mistaken++;
  }

  /** A page was found on another type's list than its block's: the block's type has changed since. */
  private relabel(pfn: number, migratetype: number): void {
    this.typeOfBlock[pfn >>> this.blockShift] = migratetype;
  }

  private push(list: number, pfn: number): void {
    this.listOf[pfn] = list + 1;
    this.stampOf[pfn] = ++this.stamp;
    (this.stacks[list] as number[]).push(pfn, this.stamp);
  }

  private put(pfn: number, order: number, where: number): void {
    this.where.fill(where, pfn, pfn + (1 << order));
    this.listOf.fill(NO_LIST, pfn, pfn + (1 << order));
    this.freedBy.fill(0, pfn, pfn + (1 << order));
  }

  private listAt(cpu: number, migratetype: number, order: number): number {
    const index = order > 3 ? PCP_ORDERS.length - 1 : order;
    return (cpu * TYPES + migratetype) * PCP_ORDERS.length + index;
  }
}

/** Blocks of one list that leave the buddy lists without another event of their CPU between them. */
interface BuddyRun {
  list: number;
  first: number;
  firstAt: number;
  blocks: number;
}

/** A batch that a task is freeing on a CPU, and the calls of interrupts since its last page. */
interface FreedBatch {
  open: boolean;
  readonly within: number[];
}

function typeOfList(list: number): number {
  return Math.floor(list / PCP_ORDERS.length) % TYPES;
}
