import { fallbacksOf, MAX_ORDER, TYPE_NAMES } from "./rules.ts";
import type { Shadow } from "./shadow.ts";

/** What the kernel could have taken instead in the zone of `pfn`: own list, else fallback, else nothing. */
export function nearestLegal(shadow: Shadow, pfn: number, order: number, type: number): string {
  const zone = shadow.free.zoneOf(pfn);
  const own = smallestOn(shadow, zone, order, type);
  if (own !== "") return own;
  for (let at = MAX_ORDER; at >= order; at--) {
    for (const other of fallbacksOf(type)) {
      const head = shadow.free.find(zone, at, (_, mask) => (mask & (1 << other)) !== 0);
      if (head >= 0) return `a fallback to ${block(head, at)} on ${TYPE_NAMES[other]}`;
    }
  }
  return "no block: the request fails in this zone";
}

function smallestOn(shadow: Shadow, zone: number, order: number, type: number): string {
  for (let at = order; at <= MAX_ORDER; at++) {
    if (shadow.free.maybeOn(zone, at, type) === 0) continue;
    const head = shadow.free.find(zone, at, (_, mask) => (mask & (1 << type)) !== 0);
    const word = shadow.isKnown(head) ? "is" : "may be";
    return `${block(head, at)}, which ${word} on ${TYPE_NAMES[type]}`;
  }
  return "";
}

function block(head: number, order: number): string {
  return `pfn 0x${head.toString(16)} order ${order}`;
}
