import type { BuddyEvent } from "./buddy-event.ts";
import { removeAllOf } from "./judge-leaving.ts";
import { WHERE, type Where } from "./page-states.ts";
import type { Shadow } from "./shadow.ts";
import type { Objection, Rule } from "./verdict.ts";

/**
 * Takes in `mm_page_alloc` and `mm_page_free`: they say nothing of the buddy lists but that the block is not on them.
 *
 * A page that is free and is named all the same left unnamed: with compaction's licence, else that is illegal.
 */
export const allocRule: Rule = useRule(WHERE.allocated);

/** Of an order that pcplists hold. */
export const freeRule: Rule = useRule(WHERE.freed);

function useRule(where: Where): Rule {
  return {
    object: (shadow, event) => {
      if (event.kind === "free") noteGivenBack(shadow, event);
      const free = shadow.pages.firstIn(event.pfn, event.order, WHERE.buddy);
      return free >= 0 && !leftUnnamed(shadow, event, free) ? unlicensed(free) : undefined;
    },
    apply: (shadow, { pfn, order, pid, atomic }) => {
      if (shadow.pages.firstIn(pfn, order, WHERE.buddy) >= 0) removeAllOf(shadow, pfn, order);
      shadow.pages.set(pfn, order, where);
      if (where === WHERE.allocated) shadow.runs.allocated(pid);
      if (atomic && order > 0) shadow.reserve.mayReserve(pfn);
    },
  };
}

/** release_freepages() frees what a run took and did not need: pages that nothing but the run can have held. */
function noteGivenBack({ pages, runs }: Shadow, { pfn, order, pid }: BuddyEvent): void {
  if (!runs.isRunning(pid)) return;
  const where = pages.where(pfn);
  if (where === WHERE.isolated || where === WHERE.presumed || where === WHERE.buddy) runs.needed(pid, 2 ** order);
}

function leftUnnamed(shadow: Shadow, event: BuddyEvent, first: number): boolean {
  const captured = event.kind === "alloc" && shadow.runs.mayHaveCaptured(event.pid);
  for (let at = first; at < event.pfn + 2 ** event.order; at++) {
    if (shadow.pages.where(at) !== WHERE.buddy) continue;
    const cause = captured ? "compaction_capture" : shadow.licenceToLeave(at);
    if (cause === undefined) return false;
    const whole = shadow.free.headOf(at) === at && shadow.free.orderAt(at) <= event.order;
    shadow.leaveUnnamed(at, whole ? shadow.free.orderAt(at) : 0, cause);
  }
  return true;
}

function unlicensed(where: number): Objection {
  return { reason: "free-page-in-use", where, instead: "mm_page_alloc_zone_locked first" };
}
