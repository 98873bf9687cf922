import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { FreeMap } from "./free-map.ts";
import type { EndComparison } from "./result.ts";
import { MAX_ORDER } from "./rules.ts";

/**
 * Compares the free lists that the events lead to with the free map that was recorded afterwards.
 *
 * The recorded map was read piece by piece while the machine went on, so ours is taken piece by piece, each at its moment.
 */
export class EndOfRecording {
  private readonly free: FreeMap;
  private readonly ours: Uint8Array;
  private readonly orders: readonly number[][];

  constructor(free: FreeMap) {
    this.free = free;
    this.ours = new Uint8Array(free.headOrder.length);
    this.orders = blankOrders(free);
  }

  /** Takes down what is free now of pages [start, end); no block reaches over a piece's border. */
  takePiece(start: number, end: number): void {
    for (let pfn = start; pfn < Math.min(end, this.ours.length); pfn++) {
      const order = this.free.orderAt(pfn);
      if (order >= 0) note(this.free, pfn, order, this.ours, this.orders);
    }
  }

  compare(recorded: FreeBlocks, line: number): EndComparison {
    const theirs = new Uint8Array(this.ours.length);
    const theirOrders = blankOrders(this.free);
    for (let i = 0; i < recorded.count; i++) {
      note(this.free, recorded.pfn[i] as number, recorded.order[i] as number, theirs, theirOrders);
    }
    let pagesDiffering = 0;
    for (let pfn = 0; pfn < theirs.length; pfn++) if (this.ours[pfn] !== theirs[pfn]) pagesDiffering++;
    const zones = this.free.zones.map(({ name }, i) => {
      const [our, their] = [this.orders[i] ?? [], theirOrders[i] ?? []];
      return {
        zone: name,
        pagesFree: sumFrom(our, 0),
        pagesFreeRecorded: sumFrom(their, 0),
        pagesFromOrder: our.map((_, order) => sumFrom(our, order)),
        pagesFromOrderRecorded: their.map((_, order) => sumFrom(their, order)),
      };
    });
    return { line, pages: this.free.zones.reduce((sum, zone) => sum + zone.spanned, 0), pagesDiffering, zones };
  }
}

function blankOrders(free: FreeMap): number[][] {
  return free.zones.map(() => new Array<number>(MAX_ORDER + 1).fill(0));
}

function note(free: FreeMap, pfn: number, order: number, map: Uint8Array, orders: readonly number[][]): void {
  map.fill(1, pfn, pfn + 2 ** order);
  const row = orders[free.zoneOf(pfn)];
  if (row) row[order] = (row[order] ?? 0) + 2 ** order;
}

function sumFrom(pages: readonly number[], order: number): number {
  return pages.slice(order).reduce((sum, count) => sum + count, 0);
}
