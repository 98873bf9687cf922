import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { TraceZone } from "../trace/meta.ts";
import { isPcpOrder } from "../trace-replay/pcp-orders.ts";

const MAX_ORDER = 10;

/**
 * The recorded kernel's free memory at any moment, as its buddy events tell it from the free map on: a block that leaves the
 * lists, a drained one, a free of an order that no pcplist holds.
 *
 * - **Leaves out**: what no event names: pages that compaction takes, frees that pass a contended pcplist by. How much that is
 *   the snapshot at the end shows.
 */
export class KernelShadow {
  /** By zone. Units: pages. */
  readonly freePages: Float64Array;
  private readonly free: Uint8Array;

  constructor(
    private readonly zones: readonly TraceZone[],
    pages: number,
    blocks: FreeBlocks,
  ) {
    this.free = new Uint8Array(pages);
    this.freePages = new Float64Array(zones.length);
    for (let i = 0; i < blocks.count; i++) this.set(blocks.pfn[i] as number, blocks.order[i] as number, 1);
  }

  take({ kind, pfn, order }: Readonly<TraceEvent>): void {
    if (pfn < 0 || pfn + (1 << order) > this.free.length) return;
    if (kind === EVENT.zoneLocked) this.set(pfn, order, 0);
    else if (kind === EVENT.pcpuDrain || (kind === EVENT.free && !isPcpOrder(order))) this.set(pfn, order, 1);
  }

  /** Free blocks of each order of a zone, as the buddy allocator would hold these pages: maximal and aligned. */
  blocks(zone: number): number[] {
    const counts = new Array<number>(MAX_ORDER + 1).fill(0);
    const { startPfn = 0, spanned = 0 } = this.zones[zone] ?? {};
    for (let pfn = startPfn; pfn < startPfn + spanned; ) {
      const order = this.orderAt(pfn, startPfn + spanned);
      if (order >= 0) counts[order] = (counts[order] ?? 0) + 1;
      pfn += 1 << Math.max(order, 0);
    }
    return counts;
  }

  private orderAt(pfn: number, end: number): number {
    let order = -1;
    while (order < MAX_ORDER && pfn % 2 ** (order + 1) === 0 && pfn + 2 ** (order + 1) <= end) {
      const from = order < 0 ? pfn : pfn + 2 ** order;
      const upTo = pfn + 2 ** (order + 1);
      if (this.free.subarray(from, upTo).includes(0)) break;
      order++;
    }
    return order;
  }

  private set(pfn: number, order: number, free: 0 | 1): void {
    const zone = this.zones.findIndex(({ startPfn, spanned }) => pfn >= startPfn && pfn < startPfn + spanned);
    for (let page = pfn; page < pfn + (1 << order); page++) {
      if (this.free[page] === free) continue;
      this.free[page] = free;
      if (zone >= 0) this.freePages[zone] = (this.freePages[zone] as number) + (free === 1 ? 1 : -1);
    }
  }
}
