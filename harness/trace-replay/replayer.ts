import { pcpLock } from "../../impl/mm/columns.ts";
import type { Column } from "../../model/column.ts";
import { LEVEL_HARDIRQ, LEVEL_SOFTIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import { kernelColumns } from "../../model/kernel-columns.ts";
import type { Machine } from "../../model/machine.ts";
import { EVENT, EVENT_NAMES, type EventName, type TraceEvent } from "../trace/event.ts";
import type { EventText } from "../trace/parser.ts";
import { askAgain } from "./ask-again.ts";
import { ClosedLoop } from "./closed-loop.ts";
import { levelOf } from "./context.ts";
import type { FairStart } from "./fair-start.ts";
import type { TraceReplayOptions } from "./options.ts";
import type { PageMap } from "./page-map.ts";
import { PeriodicWork } from "./periodic-work.ts";
import { PieceCutter } from "./piece-cutter.ts";
import { ReclaimContext } from "./reclaim-context.ts";
import { RecordedKswapd } from "./recorded-kswapd.ts";
import type { RequestTable } from "./request-table.ts";
import type { EventFates } from "./result.ts";
import { Runner } from "./runner.ts";
import type { HiddenAllocation, UnnamedFacts } from "./second-reading.ts";
import { SyntheticCalls } from "./synthetic-calls.ts";
import { UnnamedMoves } from "./unnamed-moves.ts";
import { Watch } from "./watch.ts";
import { Workers } from "./workers.ts";

const NOTHING_UNNAMED: UnnamedFacts = { hidden: [], bypasses: new Set(), mistaken: 0 };

type Counts = { -readonly [K in keyof Omit<EventFates, "notCalls" | "contexts">]: number };

/**
 * Turns the events of a recording into calls of the model, one after the other, each run to completion under the claims.
 *
 * A page that the recording allocates while it counts as live was given back without a word: on a per-CPU list when the free
 * map was taken, or freed by a path that is not traced. The model frees it first.
 */
export class Replayer {
  readonly watch: Watch;
  readonly runner: Runner;
  readonly workers: Workers;
  readonly synthetic: SyntheticCalls;
  readonly pieces: PieceCutter;
  readonly moves: UnnamedMoves;
  /** Present in mode `closed-loop`. */
  readonly loop: ClosedLoop | undefined;
  private readonly periodic: PeriodicWork | undefined;
  readonly fates: Counts = {
    allocs: 0,
    frees: 0,
    unmatched: 0,
    untraced: 0,
    diverged: 0,
    divergedFrees: 0,
    dropped: 0,
    takenAway: 0,
    moved: 0,
    failedAllocs: 0,
    beforeStart: 0,
    outside: 0,
  };
  readonly contexts = { task: 0, softirq: 0, hardirq: 0, irqsOff: 0 };
  calls = 0;
  inferredFrees = 0;
  hiddenAllocations = 0;
  /** Calls for which the pcplists were held by whom they interrupt. */
  bypasses = 0;
  /** Allocations for which the model chose the recorded page, and the first event for which it did not. */
  samePage = 0;
  firstOtherPage = 0;
  events = 0;
  /** Events of CPUs that the machine does not have, or of none. */
  strayEvents = 0;
  private readonly kinds = new Uint32Array(EVENT_NAMES.length);
  private readonly irqsOff: Column;
  private readonly context = new ReclaimContext();
  private readonly unnamed: UnnamedFacts;
  private readonly eventsBefore: number;
  private readonly kswapd: RecordedKswapd | undefined;
  private readonly lookedAhead: boolean;
  private nextHidden = 0;

  constructor(
    private readonly machine: Machine,
    private readonly map: PageMap,
    private readonly requests: RequestTable,
    options: TraceReplayOptions,
    fair?: FairStart,
  ) {
    this.unnamed = fair?.unnamed ?? NOTHING_UNNAMED;
    this.eventsBefore = fair?.eventsBefore ?? 0;
    const recorded = options.mode === "as-recorded";
    this.kswapd = recorded ? new RecordedKswapd(machine, fair?.kswapdSleeps ?? []) : undefined;
    this.watch = new Watch(machine, options.claims);
    this.runner = new Runner(machine, this.watch);
    this.workers = new Workers(machine, this.runner, this.watch, options.workerDelayMicros);
    this.synthetic = new SyntheticCalls(machine, this.runner, this.watch, this.workers, options.injectEvery);
    this.pieces = new PieceCutter(machine.k, map);
    this.moves = new UnnamedMoves(map);
    this.loop = options.mode === "closed-loop" ? new ClosedLoop(machine, map, this.runner) : undefined;
    const onItsOwn = options.lookAhead || options.mode === "closed-loop";
    this.periodic = onItsOwn ? new PeriodicWork(machine, this.runner) : undefined;
    this.irqsOff = machine.state.of(kernelColumns).irqsOff;
    this.lookedAhead = options.lookAhead;
  }

  /** The next event is older than the start state: it is passed over. */
  skips(): boolean {
    if (this.events >= this.eventsBefore) return false;
    this.events++;
    this.fates.beforeStart++;
    return true;
  }

  take(event: Readonly<TraceEvent>, text: EventText): void {
    if (this.watch.stopped) return;
    this.events++;
    this.watch.at(event, text);
    const cpu = this.cpuOf(event);
    this.workers.beforeEvent(event, cpu);
    this.periodic?.before(event.micros);
    this.kswapd?.before(event, text);
    this.takeHidden();
    if (this.watch.stopped) return;
    if (event.kind === EVENT.alloc) this.takeAlloc(event, cpu);
    else if (event.kind === EVENT.free) this.takeFree(event, cpu, text);
    else {
      this.kinds[event.kind]++;
      if (event.kind === EVENT.other && this.followsReclaim()) this.context.note(event, text);
    }
  }

  /** What still moves when the trace ends: woken threads; then nothing may be left behind. */
  finish(): void {
    if (this.watch.stopped) return;
    this.watch.during = "end";
    this.workers.drain();
  }

  notCalls(): Partial<Record<EventName, number>> {
    const met = EVENT_NAMES.map((name, kind) => [name, this.kinds[kind] ?? 0] as const);
    return Object.fromEntries(met.filter(([, count]) => count > 0));
  }

  /** The event's CPU; the first one where the line does not tell, or tells one that the machine does not have. */
  private cpuOf(event: Readonly<TraceEvent>): number {
    if (event.cpu >= 0 && event.cpu < this.machine.world.cpus) return event.cpu;
    this.strayEvents++;
    return 0;
  }

  private followsReclaim(): boolean {
    return this.lookedAhead || this.loop !== undefined;
  }

  /** Allocations that have no event and were found by their effects, up to the present one. */
  private takeHidden(): void {
    const { hidden } = this.unnamed;
    for (; this.nextHidden < hidden.length && !this.watch.stopped; this.nextHidden++) {
      const { at, pfn, order, migratetype, cpu } = hidden[this.nextHidden] as HiddenAllocation;
      if (at > this.events) return;
      if (this.map.isLive(pfn)) continue;
      this.hiddenAllocations++;
      this.watch.during = "call";
      this.runner.startAlloc(cpu, LEVEL_TASK, this.requests.unnamed(migratetype), order);
      const model = this.runner.finish(cpu, LEVEL_TASK);
      if (this.watch.stopped) return;
      if (model < 0) this.map.refused(pfn, order);
      else this.settle(pfn, order, model);
    }
  }

  private takeAlloc(event: Readonly<TraceEvent>, cpu: number): void {
    if (event.failed === 1) {
      this.fates.failedAllocs++;
      return;
    }
    const { pfn, order } = event;
    if (!this.isInside(pfn, order)) {
      this.fates.outside++;
      return;
    }
    for (let page = pfn; page < pfn + (1 << order); page++) if (this.map.isLive(page)) this.giveBack(event, cpu, page);
    const request = this.requests.of(event);
    const model = this.call(event, cpu, request, order, -1);
    if (this.watch.stopped) return;
    if (model === pfn) this.samePage++;
    else if (this.firstOtherPage === 0) this.firstOtherPage = this.events;
    if (model < 0) {
      this.map.refused(pfn, order);
      this.fates.diverged++;
      if (this.loop !== undefined) this.askAgain(event, cpu);
    } else {
      this.settle(pfn, order, model);
      this.fates.allocs++;
      this.loop?.holds(cpu, model, this.requests.gfp(request));
    }
  }

  /** A refused caller makes do with less: as much of the recorded block as it got is there. */
  private askAgain(event: Readonly<TraceEvent>, cpu: number): void {
    const tryAlloc = (gfp: number, order: number): number =>
      this.watch.stopped ? -1 : this.call(event, cpu, this.requests.ofFlags(gfp), order, -1);
    const gfp = this.requests.gfp(this.requests.of(event));
    const { pfn, order } = askAgain(tryAlloc, gfp, event.order);
    if (pfn < 0 || this.watch.stopped) return;
    this.settle(event.pfn, order, pfn);
    this.loop?.holds(cpu, pfn, gfp);
  }

  private settle(pfn: number, order: number, model: number): void {
    this.loop?.beforeSettling(model, order);
    this.map.allocated(pfn, order, model);
  }

  private takeFree(event: Readonly<TraceEvent>, cpu: number, text: EventText): void {
    const { pfn, order } = event;
    if (!this.isInside(pfn, order)) {
      this.fates.outside++;
      return;
    }
    if (this.followsReclaim()) {
      const origin = this.context.originOf(event, text);
      if (origin === "compaction" && order === 0) {
        if (this.moves.take(pfn)) this.fates.moved++;
        else this.fates.untraced++;
        return;
      }
      if (origin === "reclaim" && this.loop !== undefined && this.loop.dropFree(pfn, order)) {
        this.fates.dropped++;
        return;
      }
      this.loop?.beforeFree(pfn, order);
    }
    this.freePieces(event, cpu);
  }

  private freePieces(event: Readonly<TraceEvent>, cpu: number): void {
    const { pfn, order } = event;
    const original = this.map.isOriginal(pfn);
    const takenAway = this.map.isTakenAway(pfn);
    let freed = false;
    for (let at = pfn; at < pfn + (1 << order) && !this.watch.stopped; ) {
      const block = this.pieces.nextBlock(at, pfn + (1 << order));
      if (block < 0) {
        at++;
        continue;
      }
      const pages = 1 << this.machine.k.ledger.order(block);
      this.call(event, cpu, 0, 0, block);
      this.map.freed(at, pages);
      at += pages;
      freed = true;
    }
    if (freed) {
      this.fates.frees++;
      if (original) this.fates.unmatched++;
    } else if (this.map.isRefused(pfn)) {
      this.fates.divergedFrees++;
      this.map.freed(pfn, 1 << order);
    } else if (takenAway) {
      this.fates.takenAway++;
      this.map.freed(pfn, 1 << order);
    } else this.freeMoved(event, cpu);
  }

  /** Nobody was given the page: a content was moved there, or it was allocated by a path that is not traced. */
  private freeMoved(event: Readonly<TraceEvent>, cpu: number): void {
    const model = event.order === 0 ? this.moves.give() : -1;
    const stands = model >= 0 && (this.loop === undefined || this.loop.isHeld(model));
    if (!stands) {
      this.fates.untraced++;
      return;
    }
    // The model's page may be a piece of a block.
    this.map.allocated(event.pfn, 0, model);
    this.giveBack(event, cpu, event.pfn, 0);
    this.fates.frees++;
  }

  /** A live page that the recording allocates again: its free was not recorded. */
  private giveBack(event: Readonly<TraceEvent>, cpu: number, page: number, counted = 1): void {
    const block = this.pieces.nextBlock(page, page + 1);
    if (block < 0 || this.watch.stopped) return;
    this.inferredFrees += counted;
    this.call(event, cpu, 0, 0, block);
    this.map.freed(page, 1);
  }

  /** One call in the event's context, to its end: the free of a block, or an allocation when `block` is -1. */
  private call(event: Readonly<TraceEvent>, cpu: number, request: number, order: number, block: number): number {
    const level = levelOf(event);
    const masked = event.irqsOff === 1 && level !== LEVEL_HARDIRQ;
    this.count(level, masked);
    if (masked) this.irqsOff.set(cpu, 1);
    const bypass = this.unnamed.bypasses.has(this.events);
    if (bypass) this.lockLists(cpu, true);
    this.watch.during = "call";
    if (block >= 0) this.runner.startFree(cpu, level, block);
    else this.runner.startAlloc(cpu, level, request, order);
    const number = this.calls++;
    const due = this.synthetic.isDue(number);
    // Nothing can come in where interrupts are off: then it comes in behind.
    const within = due && !masked && level !== LEVEL_HARDIRQ;
    let touched = within ? this.synthetic.comeIn(number, cpu, level) : cpu;
    const result = this.runner.finish(cpu, level);
    if (bypass) this.lockLists(cpu, false);
    if (masked) this.irqsOff.set(cpu, 0);
    if (due && !within && !this.watch.stopped) touched = this.synthetic.comeIn(number, cpu, level);
    if (this.watch.stopped) return -1;
    this.workers.afterCalls(cpu, event.micros);
    if (touched !== cpu) this.workers.afterCalls(touched, event.micros);
    this.workers.lookForLostWork();
    return result;
  }

  /** The call interrupts whoever holds its CPU's pcplists. */
  private lockLists(cpu: number, held: boolean): void {
    const { k, world } = this.machine;
    k.cpu = cpu;
    for (let zone = 0; zone < world.zones.length; zone++) {
      if (held) k.tryLock(pcpLock(k, zone, cpu));
      else k.unlock(pcpLock(k, zone, cpu));
    }
    if (held) this.bypasses++;
    this.machine.clearStep();
  }

  private count(level: number, masked: boolean): void {
    if (level === LEVEL_TASK) this.contexts.task++;
    else if (level === LEVEL_SOFTIRQ) this.contexts.softirq++;
    else this.contexts.hardirq++;
    if (masked) this.contexts.irqsOff++;
  }

  private isInside(pfn: number, order: number): boolean {
    return order <= this.machine.world.geometry.maxOrder && pfn + (1 << order) <= this.map.pages;
  }
}
