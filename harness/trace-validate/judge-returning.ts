import type { BuddyEvent } from "./buddy-event.ts";
import { removeAllOf } from "./judge-leaving.ts";
import { WHERE } from "./page-states.ts";
import { ANY_TYPE, TYPE_NAMES, typesIn } from "./rules.ts";
import type { Shadow } from "./shadow.ts";
import type { Objection, Rule } from "./verdict.ts";

/**
 * Judges `mm_page_pcpu_drain`: a block that was on a pcplist went back to the list of the printed type.
 *
 * In 6.12 that is the pageblock's type. In 6.1 it is the type that the page carried: the pageblock's at the moment of
 * `mm_page_free`, or, for a page that was refilled and never used, the list it was refilled from.
 *
 * - **Source**: `free_pcppages_bulk()`, `free_unref_page_prepare()`, `set_pcppage_migratetype()`.
 */
export const drainRule: Rule = {
  object: (shadow, event) => objectionToPages(shadow, event.pfn, event.order) ?? objectionToType(shadow, event),
  apply: applyDrain,
};

function applyDrain(shadow: Shadow, { pfn, order, type }: BuddyEvent): void {
  removeAllOf(shadow, pfn, order);
  if (shadow.rules.listIsPageblock && (shadow.free.pageblocksOf(pfn, order) & (1 << type)) === 0) {
    shadow.pageblocksChangeHands(pfn, order, type);
  }
  shadow.giveBack(pfn, order, 1 << type);
}

/** Judges a free of an order that pcplists do not hold: the block must not be free. It is given back later. */
export const directFreeRule: Rule = {
  object: (shadow, { pfn, order }) => {
    const free = shadow.pages.firstIn(pfn, order, WHERE.buddy);
    return free < 0 ? undefined : { reason: "already-free", where: free, instead: "" };
  },
  apply: (shadow, { pfn, order }) => {
    removeAllOf(shadow, pfn, order);
    shadow.pages.set(pfn, order, WHERE.freed);
  },
};

function objectionToPages(shadow: Shadow, pfn: number, order: number): Objection | undefined {
  const free = shadow.pages.firstIn(pfn, order, WHERE.buddy);
  if (free >= 0) return { reason: "already-free", where: free, instead: "" };
  const live = shadow.pages.firstIn(pfn, order, WHERE.allocated);
  return live < 0 ? undefined : { reason: "still-allocated", where: live, instead: "mm_page_free first" };
}

function objectionToType(shadow: Shadow, { pfn, order, type }: BuddyEvent): Objection | undefined {
  const { pages, rules } = shadow;
  if (rules.listIsPageblock) return objectionToPageblock(shadow, pfn, order, type);
  if (pages.where(pfn) === WHERE.left && pages.orderOf(pfn) === order) {
    return pages.typeOf(pfn) === type ? undefined : wrongType(pfn, 1 << pages.typeOf(pfn));
  }
  if (pages.where(pfn) !== WHERE.freed || pages.isStale(pfn)) return undefined;
  return objectionToPageblock(shadow, pfn, order, type);
}

function objectionToPageblock(shadow: Shadow, pfn: number, order: number, type: number): Objection | undefined {
  const { free, reserve } = shadow;
  if (free.narrowPageblocks(pfn, order, 1 << type) || reserve.explains(shadow, pfn, type)) return undefined;
  return wrongType(pfn, free.pageblocksOf(pfn, order));
}

function wrongType(where: number, mask: number): Objection {
  const names =
    mask === ANY_TYPE
      ? "any"
      : typesIn(mask)
          .map((type) => TYPE_NAMES[type])
          .join(" or ");
  return { reason: "wrong-type", where, instead: `migratetype ${names}` };
}
