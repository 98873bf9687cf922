import type { BuddyEvent } from "./buddy-event.ts";
import { WHERE, WHERE_WORDS } from "./page-states.ts";
import { ANY_TYPE, TYPE_NAMES, typesIn } from "./rules.ts";
import type { Shadow } from "./shadow.ts";
import type { Objection } from "./verdict.ts";

/** What the model knows of the places that an illegal event is about, as facts. */
export function factsAround(shadow: Shadow, event: BuddyEvent, objection: Objection): string[] {
  const facts = [placeOf(shadow, event.pfn)];
  if (objection.where !== event.pfn) facts.push(placeOf(shadow, objection.where));
  const buddy = event.pfn ^ (1 << event.order);
  if (shadow.free.zoneOf(buddy) === shadow.free.zoneOf(event.pfn)) facts.push(`buddy: ${placeOf(shadow, buddy)}`);
  facts.push(`pageblock of 0x${event.pfn.toString(16)}: ${types(shadow.free.pageblocksOf(event.pfn, 0))}`);
  return facts;
}

function placeOf(shadow: Shadow, pfn: number): string {
  const { free, pages } = shadow;
  const page = `pfn 0x${pfn.toString(16)}`;
  if (free.zoneOf(pfn) < 0) return `${page}: in no zone`;
  const head = free.headOf(pfn);
  if (head < 0) return `${page}: ${WHERE_WORDS[pages.where(pfn)]}${sinceWhen(shadow, pfn)}`;
  const whole = head === pfn ? "" : ` inside the block at 0x${head.toString(16)}`;
  return `${page}: free${whole}, order ${free.orderAt(head)} on list ${types(free.listMask[head] as number)}`;
}

function sinceWhen(shadow: Shadow, pfn: number): string {
  const order = shadow.pages.orderOf(pfn);
  return shadow.pages.where(pfn) === WHERE.unseen || order < 0 ? "" : ` (order ${order})`;
}

function types(mask: number): string {
  if (mask === ANY_TYPE) return "unknown";
  return typesIn(mask)
    .map((type) => TYPE_NAMES[type])
    .join(" or ");
}
