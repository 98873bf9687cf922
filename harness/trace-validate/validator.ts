import type { BuddyEvent } from "./buddy-event.ts";
import { isolationRule } from "./judge-compaction.ts";
import { claimRule, fallbackRule } from "./judge-fallback.ts";
import { leavingRule } from "./judge-leaving.ts";
import { directFreeRule, drainRule } from "./judge-returning.ts";
import { allocRule, freeRule } from "./judge-use.ts";
import { WHERE } from "./page-states.ts";
import { isDetermined, onPcplists } from "./rules.ts";
import type { Shadow } from "./shadow.ts";
import type { Objection, Rule } from "./verdict.ts";

/** Called for each illegal event before it is applied: the shadow is as the event found it. */
export type OnIllegal = (event: BuddyEvent, objection: Objection) => void;

export interface ValidationCounts {
  zoneLocked: number;
  pcpuDrain: number;
  extfrag: number;
  directFrees: number;
  isolations: number;
  illegal: number;
  /** Events judged before the first illegal one. */
  legalPrefix: number;
}

/**
 * Judges buddy-level events one by one, in the order in which the recording has them.
 *
 * Events under zone->lock (`zone_locked`, `pcpu_drain`, `extfrag`) are in true order. A direct free is printed before the
 * lock is taken, so it takes effect when its task goes on, or earlier if an event needs it.
 */
export class Validator {
  readonly counts: ValidationCounts = {
    zoneLocked: 0,
    pcpuDrain: 0,
    extfrag: 0,
    directFrees: 0,
    isolations: 0,
    illegal: 0,
    legalPrefix: 0,
  };
  private readonly shadow: Shadow;
  private readonly onIllegal: OnIllegal;
  /** Direct frees that their task has not come back from. */
  private returning: BuddyEvent[] = [];
  /** 6.12: a `zone_locked` that an `extfrag` of the same page may still explain. */
  private held: BuddyEvent | undefined;
  /** 6.1: a fallback whose `zone_locked` has to come next in its zone. */
  private announced: BuddyEvent | undefined;

  constructor(shadow: Shadow, onIllegal: OnIllegal) {
    this.shadow = shadow;
    this.onIllegal = onIllegal;
  }

  take(event: BuddyEvent): void {
    this.shadow.now = event.line;
    if (this.returning.length > 0) this.completeFreesOf(event);
    if (this.held !== undefined && this.settleHeld(event)) return;
    switch (event.kind) {
      case "zone_locked":
        this.leaving(event);
        break;
      case "pcpu_drain":
        this.checkAnnounced(event);
        this.counts.pcpuDrain++;
        this.judge(event, drainRule);
        break;
      case "extfrag":
        this.checkAnnounced(event);
        this.counts.extfrag++;
        if (this.shadow.rules.fallbackMovesFirst) this.announced = event;
        this.judge(event, fallbackRule);
        break;
      case "isolate":
        if (event.taken === 0) return;
        this.counts.isolations++;
        this.judge(event, isolationRule);
        break;
      case "begin":
        this.shadow.runs.begin(event.pid, event.pfn);
        break;
      case "end":
        this.shadow.runs.end(event.pid, event.line);
        break;
      case "migrated":
        this.shadow.runs.needed(event.pid, event.taken);
        break;
      case "alloc":
        this.judge(event, allocRule);
        break;
      case "free":
        if (onPcplists(event.order)) this.judge(event, freeRule);
        else this.directFree(event);
        break;
    }
  }

  /** What is still under way when the recording ends takes effect. */
  finish(): void {
    const held = this.held;
    this.held = undefined;
    if (held) this.judge(held, leavingRule);
    for (const event of this.returning) this.complete(event);
    this.returning = [];
    if (this.counts.illegal === 0) this.counts.legalPrefix = this.judged;
  }

  get judged(): number {
    const { zoneLocked, pcpuDrain, extfrag, directFrees, isolations } = this.counts;
    return zoneLocked + pcpuDrain + extfrag + directFrees + isolations;
  }

  private leaving(event: BuddyEvent): void {
    this.checkAnnounced(event);
    this.counts.zoneLocked++;
    if (!this.shadow.rules.fallbackMovesFirst && !this.isSurelyOnList(event)) this.held = event;
    else this.judge(event, leavingRule);
  }

  private isSurelyOnList({ pfn, type }: BuddyEvent): boolean {
    const { free } = this.shadow;
    const head = free.headOf(pfn);
    return head >= 0 && isDetermined(free.listMask[head] as number) && free.listMask[head] === 1 << type;
  }

  /** Answers true if the event was used up: the `extfrag` that explains the held `zone_locked`. */
  private settleHeld(event: BuddyEvent): boolean {
    const held = this.held as BuddyEvent;
    const { free } = this.shadow;
    const sameZone = free.zoneOf(event.pfn) === free.zoneOf(held.pfn) && LOCKED_KINDS.has(event.kind);
    if (!sameZone && event.pid !== held.pid) return false;
    this.held = undefined;
    if (event.kind === "extfrag" && event.pfn === held.pfn) {
      this.counts.extfrag++;
      this.judge(event, claimRule);
      return true;
    }
    this.judge(held, leavingRule);
    return false;
  }

  private checkAnnounced(event: BuddyEvent): void {
    const { announced, shadow } = this;
    if (announced === undefined || shadow.free.zoneOf(event.pfn) !== shadow.free.zoneOf(announced.pfn)) return;
    this.announced = undefined;
    const taken = event.kind === "zone_locked" && event.order === announced.order && event.type === announced.type;
    if (!taken) this.report(announced, { reason: "fallback-missing", where: announced.pfn, instead: "" });
  }

  private directFree(event: BuddyEvent): void {
    this.counts.directFrees++;
    this.judge(event, directFreeRule);
    if (this.shadow.free.isPlace(event.pfn, event.order)) this.returning.push(event);
  }

  /** The task has gone on, so its direct frees are done; or an event needs one of them to be. */
  private completeFreesOf(event: BuddyEvent): void {
    const isDone = (free: BuddyEvent): boolean =>
      (event.pid === free.pid && event.context === free.context) || overlaps(event, free);
    for (const free of this.returning) if (isDone(free)) this.complete(free);
    this.returning = this.returning.filter((free) => !isDone(free));
  }

  private complete({ pfn, order }: BuddyEvent): void {
    const { shadow } = this;
    if (shadow.pages.where(pfn) !== WHERE.freed || shadow.pages.orderOf(pfn) !== order) return;
    shadow.giveBack(pfn, order, shadow.free.pageblocksOf(pfn, order));
  }

  private judge(event: BuddyEvent, rule: Rule): void {
    if (event.kind !== "isolate" && !this.shadow.free.isPlace(event.pfn, event.order)) {
      // Named in use, a page outside the zones is none of the buddy's business.
      if (event.kind !== "alloc" && event.kind !== "free")
        this.report(event, { reason: "bad-place", where: event.pfn, instead: "" });
      return;
    }
    const objection = rule.object(this.shadow, event);
    if (objection) this.report(event, objection);
    rule.apply(this.shadow, event);
  }

  private report(event: BuddyEvent, objection: Objection): void {
    if (this.counts.illegal === 0) this.counts.legalPrefix = Math.max(0, this.judged - 1);
    this.counts.illegal++;
    this.onIllegal(event, objection);
  }
}

const LOCKED_KINDS: ReadonlySet<BuddyEvent["kind"]> = new Set(["zone_locked", "pcpu_drain", "extfrag"]);

function overlaps(event: BuddyEvent, free: BuddyEvent): boolean {
  return (
    event.kind === "zone_locked" && event.pfn < free.pfn + 2 ** free.order && free.pfn < event.pfn + 2 ** event.order
  );
}
