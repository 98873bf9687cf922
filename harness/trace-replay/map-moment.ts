import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { EventText } from "../trace/parser.ts";
import { isPcpOrder } from "./pcp-orders.ts";

/** Buddy events that are weighed at most; a first snapshot sees some hundreds. */
const EVENTS_MAX = 4096;

/**
 * Finds the moment at which the free map was taken, somewhere within the first snapshot, which the trace shows: the one that
 * contradicts the buddy events around it least.
 *
 *     a block leaves the free lists before the moment      it is not in the map
 *     a block leaves them after it                         it is in the map
 *
 * and the other way round for blocks that come back. Of several such moments the first counts.
 *
 * - **Cost**: the square of the buddy events in the snapshot.
 */
export class MapMoment {
  /** The snapshot is over: nothing that follows matters. */
  over = false;
  private readonly inMap: Uint8Array;
  private readonly at: number[] = [];
  private readonly pfn: number[] = [];
  private readonly order: number[] = [];
  private readonly leaves: boolean[] = [];
  private events = 0;

  constructor(
    private readonly pages: number,
    free: FreeBlocks,
  ) {
    this.inMap = new Uint8Array(pages);
    for (let i = 0; i < free.count; i++) {
      const pfn = free.pfn[i] as number;
      this.inMap.fill(1, pfn, pfn + 2 ** (free.order[i] as number));
    }
  }

  take(event: Readonly<TraceEvent>, text: EventText): void {
    if (this.over) return;
    this.events++;
    const { kind, pfn, order } = event;
    if (kind === EVENT.mark && text.detail().trim() === "snapshot before end") this.over = true;
    const returns = kind === EVENT.pcpuDrain || (kind === EVENT.free && !isPcpOrder(order));
    if ((kind !== EVENT.zoneLocked && !returns) || pfn < 0 || pfn + (1 << order) > this.pages) return;
    this.at.push(this.events);
    this.pfn.push(pfn);
    this.order.push(order);
    this.leaves.push(kind === EVENT.zoneLocked);
    this.over ||= this.at.length === EVENTS_MAX;
  }

  /** The number of the last event before the map; 0 where it was taken before the first. Only of a snapshot that ended. */
  get eventsBefore(): number {
    if (!this.over) return 0;
    let best = 0;
    let fewest = this.contradictions(0);
    for (let cut = 1; cut <= this.at.length && fewest > 0; cut++) {
      const found = this.contradictions(cut);
      if (found >= fewest) continue;
      fewest = found;
      best = cut;
    }
    return best === 0 ? 0 : (this.at[best - 1] as number);
  }

  /** Pages of which the map says otherwise than the last event before, or the first after, the first `cut` events. */
  private contradictions(cut: number): number {
    const seen = new Map<number, boolean>();
    for (let i = cut - 1; i >= 0; i--) this.weigh(i, seen, false);
    const after = new Map<number, boolean>();
    for (let i = cut; i < this.at.length; i++) this.weigh(i, after, true);
    let wrong = 0;
    for (const [page, free] of seen) if ((this.inMap[page] === 1) !== free) wrong++;
    for (const [page, free] of after) if ((this.inMap[page] === 1) !== free) wrong++;
    return wrong;
  }

  /** What event `i` says of its pages at the moment: free before it if it leaves, free after it if it returns. */
  private weigh(i: number, said: Map<number, boolean>, isAfter: boolean): void {
    const first = this.pfn[i] as number;
    for (let page = first; page < first + (1 << (this.order[i] as number)); page++)
      if (!said.has(page)) said.set(page, this.leaves[i] === isAfter);
  }
}
