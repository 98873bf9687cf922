import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { TraceMeta } from "../trace/meta.ts";
import { factsAround } from "./around.ts";
import { type BuddyEvent, eventText } from "./buddy-event.ts";
import { EndOfRecording } from "./compare-end.ts";
import { momentsOfMap } from "./moment.ts";
import { PageStates, WHERE } from "./page-states.ts";
import type { RecordingSink } from "./recording.ts";
import { type EndComparison, ILLEGAL_KEPT_MAX, type IllegalEvent } from "./result.ts";
import { rulesOf } from "./rules.ts";
import { Shadow } from "./shadow.ts";
import { Validator } from "./validator.ts";
import { type IllegalReason, type Objection, REASONS } from "./verdict.ts";

/** Events within which the free map must have been read, where no marker fences the snapshot. */
const PRELUDE_EVENTS_MAX = 8192;
/** Events after the second snapshot began that are kept to find its moment. */
const CODA_EVENTS_MAX = 65_536;

/**
 * One recording on its way through the validator.
 *
 * The free maps were read while the machine went on: the events around each snapshot wait until its moment is known.
 *
 *     prelude ──snapshot read: moment found──▶ running ──snapshot after begin──▶ coda ──finish──▶ compared
 */
export class Validation implements RecordingSink {
  readonly shadow: Shadow;
  readonly validator: Validator;
  readonly illegalEvents: IllegalEvent[] = [];
  readonly illegalByReason: Partial<Record<IllegalReason, number>> = {};
  readonly labelsAtStart: number;
  beforeFreeMap = 0;
  freeMapLine = 0;
  end: EndComparison | undefined;
  private prelude: BuddyEvent[] | undefined = [];
  private coda: BuddyEvent[] | undefined;
  private lastLine = 0;
  private readonly after: FreeBlocks | undefined;

  constructor(meta: TraceMeta, before: FreeBlocks, after: FreeBlocks | undefined) {
    const rules = rulesOf(meta.kernel, meta.kernelRelease);
    this.shadow = new Shadow(meta.zones, rules);
    this.after = after;
    for (let i = 0; i < before.count; i++) this.shadow.addAtStart(before.pfn[i] as number, before.order[i] as number);
    this.labelsAtStart = rules.listIsPageblock ? this.pageblocks(meta) : before.count;
    this.validator = new Validator(this.shadow, (event, objection) => this.noteIllegal(event, objection));
  }

  event(event: BuddyEvent): void {
    this.lastLine = event.line;
    if (this.prelude !== undefined) {
      this.prelude.push(event);
      if (this.prelude.length === PRELUDE_EVENTS_MAX) this.endPrelude();
    } else if (this.coda !== undefined) {
      this.coda.push(event);
      if (this.coda.length === CODA_EVENTS_MAX) this.endCoda();
    } else this.validator.take(event);
  }

  mark(text: string): void {
    if (/^snapshot before end/.test(text)) this.endPrelude();
    if (/^snapshot after begin/.test(text) && this.after !== undefined && this.end === undefined) this.coda ??= [];
  }

  finish(): void {
    this.endPrelude();
    this.coda ??= this.end === undefined && this.after !== undefined ? [] : undefined;
    this.endCoda();
    this.validator.finish();
  }

  /** Finds the moment of the free map; what lies before is only taken in. */
  private endPrelude(): void {
    const events = this.prelude;
    if (events === undefined) return;
    this.prelude = undefined;
    const { pages, free } = this.shadow;
    const map = momentsOfMap(events, free.headOrder.length, (pfn) => pages.where(pfn) === WHERE.buddy);
    for (const [index, event] of events.entries()) {
      if (map.knows(index, event.pfn)) this.absorb(event);
      else this.validator.take(event);
    }
  }

  /** An event before the free map was read: the map has the last word on what is free, the event on what is not. */
  private absorb(event: BuddyEvent): void {
    if (LOCKED_KINDS.has(event.kind)) {
      this.beforeFreeMap++;
      this.freeMapLine = event.line;
    }
    const where = ABSORBED[event.kind];
    const { pages, free } = this.shadow;
    if (where === undefined || !free.isPlace(event.pfn, event.order)) return;
    if (pages.firstIn(event.pfn, event.order, WHERE.buddy) < 0) pages.set(event.pfn, event.order, where, event.type);
  }

  private endCoda(): void {
    const events = this.coda;
    if (events === undefined || this.after === undefined) return;
    this.coda = undefined;
    const recorded = new PageStates(this.shadow.free.headOrder.length);
    for (let i = 0; i < this.after.count; i++) {
      recorded.set(this.after.pfn[i] as number, this.after.order[i] as number, WHERE.buddy);
    }
    const { free } = this.shadow;
    const { moments, piecePages } = momentsOfMap(
      events,
      free.headOrder.length,
      (pfn) => recorded.where(pfn) === WHERE.buddy,
    );
    const end = new EndOfRecording(free);
    for (let index = 0; index <= events.length; index++) {
      for (const [piece, moment] of moments.entries()) {
        if (moment === index) end.takePiece(piece * piecePages, (piece + 1) * piecePages);
      }
      const event = events[index];
      if (event !== undefined) this.validator.take(event);
    }
    this.end = end.compare(this.after, events[(moments.at(-1) ?? 0) - 1]?.line ?? this.lastLine);
  }

  private noteIllegal(event: BuddyEvent, objection: Objection): void {
    const { reason, instead } = objection;
    this.illegalByReason[reason] = (this.illegalByReason[reason] ?? 0) + 1;
    if (this.illegalEvents.length === ILLEGAL_KEPT_MAX) return;
    const { line, cpu, pid } = event;
    const around = factsAround(this.shadow, event, objection);
    const illegal = {
      line,
      cpu,
      pid,
      event: eventText(event),
      reason,
      because: REASONS[reason],
      around,
      nearest: instead,
    };
    this.illegalEvents.push(illegal);
  }

  private pageblocks(meta: TraceMeta): number {
    return meta.zones.reduce(
      (sum, { startPfn, spanned }) => sum + ((startPfn + spanned + 511) >> 9) - (startPfn >> 9),
      0,
    );
  }
}

const LOCKED_KINDS: ReadonlySet<BuddyEvent["kind"]> = new Set(["zone_locked", "pcpu_drain", "extfrag"]);
const ABSORBED: Partial<Record<BuddyEvent["kind"], 2 | 3 | 4>> = {
  zone_locked: WHERE.left,
  alloc: WHERE.allocated,
  free: WHERE.freed,
};
