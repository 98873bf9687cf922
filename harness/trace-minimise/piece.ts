import { EVENT } from "../trace/event.ts";
import { type EventLine, isPageCall } from "./trace-window.ts";

/** Blocks above this order are no kernel's; they are not followed page by page. */
export const ORDER_FOLLOWED_MAX = 13;

/** An event with its place in the window. */
export interface PlacedEvent {
  readonly place: number;
  readonly line: EventLine;
}

/** Events that are left out together: an allocation with the frees of its pages, or one event of any other kind. */
export type EventGroup = readonly PlacedEvent[];

/** Puts each free with the allocation of its page; the groups are in the order of their first events. */
export function groupsOf(events: readonly PlacedEvent[]): EventGroup[] {
  const groups: PlacedEvent[][] = [];
  const owner = new Map<number, PlacedEvent[]>();
  for (const event of events) {
    const { kind, pfn, order } = event.line;
    const known = kind === EVENT.free ? owner.get(pfn) : undefined;
    const group = known ?? [];
    group.push(event);
    if (known === undefined) groups.push(group);
    if (!isPageCall(event.line)) continue;
    for (let page = pfn; page < pfn + 2 ** Math.min(order, ORDER_FOLLOWED_MAX); page++) {
      if (kind === EVENT.alloc) owner.set(page, group);
      else owner.delete(page);
    }
  }
  return groups;
}

/** The events of groups, in the order in which they happened. */
export function eventsOf(groups: readonly EventGroup[]): PlacedEvent[] {
  return groups.flat().sort((a, b) => a.place - b.place);
}

/** A page is allocated while it counts as live: a replay would have to make up a free that the recording has. */
export function missesFree(events: readonly PlacedEvent[]): boolean {
  const live = new Set<number>();
  for (const { line } of events) {
    if (!isPageCall(line)) continue;
    for (let page = line.pfn; page < line.pfn + 2 ** Math.min(line.order, ORDER_FOLLOWED_MAX); page++) {
      if (line.kind === EVENT.free) live.delete(page);
      else if (live.has(page)) return true;
      else live.add(page);
    }
  }
  return false;
}

/** The groups without what happened after a place. */
export function cutAfter(groups: readonly EventGroup[], place: number): EventGroup[] {
  return groups.map((group) => group.filter((event) => event.place <= place)).filter((group) => group.length > 0);
}
