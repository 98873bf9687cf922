import type { TraceZone } from "../trace/meta.ts";
import { CompactionRuns } from "./compaction-runs.ts";
import { FreeMap } from "./free-map.ts";
import { HighAtomicReserve } from "./highatomic.ts";
import { PageStates, WHERE } from "./page-states.ts";
import { type BuddyRules, isDetermined, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, TYPE } from "./rules.ts";
import type { UnnamedCause, UnnamedCounts } from "./unnamed.ts";
import { noUnnamed } from "./unnamed.ts";

/** Where the free scanner has taken pages, and how many of them no event has shown yet. */
interface IsolatedRange {
  readonly start: number;
  readonly end: number;
  left: number;
}

/** Ranges whose pages are still to be shown; older ones are forgotten. */
const RANGES_MAX = 64;

/**
 * Free lists and pages together, and the ways in which a block moves: by an event, or unnamed with a licence.
 *
 * An unnamed movement is assumed at the latest moment, when an event would be impossible without it, and only with a
 * licence in the recording: the range of a free scanner, a compaction run that owes pages, a freed page that has not been
 * named since.
 */
export class Shadow {
  readonly free: FreeMap;
  readonly pages: PageStates;
  readonly rules: BuddyRules;
  readonly runs: CompactionRuns;
  readonly reserve = new HighAtomicReserve();
  readonly unnamed: UnnamedCounts = noUnnamed();
  /** Line of the event being judged. */
  now = 0;
  /** First page of a free block that the event being judged showed not to be there; -1 for none. */
  refuted = -1;
  private readonly ranges: IsolatedRange[] = [];

  constructor(zones: readonly TraceZone[], rules: BuddyRules) {
    this.rules = rules;
    this.free = new FreeMap(zones, rules);
    this.pages = new PageStates(this.free.headOrder.length);
    this.runs = new CompactionRuns(zones, (pfn) => this.free.zoneOf(pfn));
  }

  /** A free block of the start map; its list is unknown. */
  addAtStart(pfn: number, order: number): void {
    this.free.insert(pfn, order, this.free.pageblocksOf(pfn, order));
    this.pages.setFree(pfn, order, 0);
  }

  /** A piece leaves the free block that holds it. `rest`: the list that the other halves are put on in 6.1. */
  take(pfn: number, order: number, rest: number, type: number): void {
    this.free.carve(pfn, order, rest);
    this.pages.set(pfn, order, WHERE.left, type);
  }

  /** A block comes back to a list of `mask`. */
  giveBack(pfn: number, order: number, mask: number): void {
    this.pages.setFree(pfn, order, this.now);
    this.free.merge(pfn, order, mask);
  }

  pageblocksChangeHands(pfn: number, order: number, type: number): void {
    const start = pfn & -PAGEBLOCK_PAGES;
    const end = Math.max(start + PAGEBLOCK_PAGES, pfn + 2 ** order);
    if (this.free.pageblocksOf(start, Math.max(order, PAGEBLOCK_ORDER)) === 1 << type) return;
    this.free.setPageblocks(start, Math.max(order, PAGEBLOCK_ORDER), 1 << type);
    this.pages.pageblockChanged(start, end);
  }

  allowRange(start: number, end: number, left: number): void {
    if (this.ranges.length === RANGES_MAX) this.ranges.shift();
    this.ranges.push({ start, end, left });
  }

  /** The cause that would let a free page have left unnamed, if there is one. */
  licenceToLeave(pfn: number, pages = 1): UnnamedCause | undefined {
    if (this.rangeOf(pfn) !== undefined) return "isolate_ambiguous";
    const head = this.free.headOf(pfn);
    const movable = ((this.free.listMask[head] as number) & (1 << TYPE.movable)) !== 0;
    const taken = movable && this.runs.mayHaveTaken(this.free.zoneOf(pfn), this.pages.freeSince(pfn), pages);
    return taken ? "fast_isolate_freepages" : undefined;
  }

  /** A free block, or a piece of one, left without an event that names it. */
  leaveUnnamed(pfn: number, order: number, cause: UnnamedCause): void {
    const head = this.free.headOf(pfn);
    this.free.carve(pfn, order, this.free.listMask[head] as number);
    this.pages.set(pfn, order, cause === "fast_isolate_freepages" ? WHERE.presumed : WHERE.isolated);
    // __isolate_free_page() makes the pageblocks movable if at least half of one leaves.
    if (cause !== "compaction_capture" && order >= PAGEBLOCK_ORDER - 1) this.madeMovable(pfn, order);
    const range = this.rangeOf(pfn);
    if (cause === "isolate_ambiguous" && range) range.left -= 2 ** order;
    if (cause === "fast_isolate_freepages") this.runs.taken(this.free.zoneOf(pfn), 2 ** order);
    this.note(cause, order, 1);
  }

  /**
   * Every licensed page of a place left unnamed, page by page, where no one can tell which did. Answers false, and changes
   * nothing, if there is none.
   */
  leaveWhereLicensed(pfn: number, order: number): boolean {
    let any = false;
    for (let at = pfn; at < pfn + 2 ** order; at++) {
      const cause = this.pages.where(at) === WHERE.buddy ? this.licenceToLeave(at) : undefined;
      if (cause === undefined) continue;
      this.leaveUnnamed(at, 0, cause);
      any = true;
    }
    return any;
  }

  /** A freed block went back without a `pcpu_drain`. */
  returnUnnamed(head: number): void {
    const order = this.pages.orderOf(head);
    this.giveBack(head, order, this.free.pageblocksOf(head, order));
    this.note("free_one_page", order, 1);
  }

  /** A page that was assumed taken was not. */
  withdraw(head: number): void {
    const order = this.pages.orderOf(head);
    this.giveBack(head, order, 1 << TYPE.movable);
    this.runs.taken(this.free.zoneOf(head), -(2 ** order));
    this.note("fast_isolate_freepages", order, -1);
  }

  /**
   * Makes every page of a place free by withdrawing assumptions and returning freed blocks unnamed; changes nothing and
   * answers false if one of them has no licence.
   */
  makeFree(pfn: number, order: number): boolean {
    const presumed = new Set<number>();
    const freed = new Set<number>();
    for (let at = pfn; at < pfn + 2 ** order; at++) {
      const where = this.pages.where(at);
      if (where === WHERE.buddy) continue;
      const unit = where === WHERE.presumed || where === WHERE.freed ? this.pages.unitOf(at, where) : -1;
      if (unit < 0) return false;
      (where === WHERE.presumed ? presumed : freed).add(unit);
    }
    for (const unit of presumed) this.withdraw(unit);
    for (const unit of freed) this.returnUnnamed(unit);
    return true;
  }

  /** A block that the kernel has just shown not to be there must not be held against every later event as well. */
  forgetRefuted(): void {
    if (this.refuted < 0) return;
    this.pages.set(this.refuted, this.free.orderAt(this.refuted), WHERE.unseen);
    this.free.remove(this.refuted);
    this.refuted = -1;
  }

  /** Whether the list that a block is on is known. */
  isKnown(head: number): boolean {
    return isDetermined(this.free.listMask[head] as number);
  }

  private rangeOf(pfn: number): IsolatedRange | undefined {
    return this.ranges.find(({ start, end, left }) => pfn >= start && pfn < end && left > 0);
  }

  private madeMovable(pfn: number, order: number): void {
    const mergeable = (this.free.pageblocksOf(pfn, order) & ~0b111) === 0;
    if (mergeable) this.pageblocksChangeHands(pfn, order, TYPE.movable);
  }

  /** Counts a movement without an event; `by` is -1 where an assumption is withdrawn. */
  note(cause: UnnamedCause, order: number, by: number): void {
    this.unnamed[cause].blocks += by;
    this.unnamed[cause].pages += by * 2 ** order;
  }
}
