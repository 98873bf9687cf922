import type { Tracepoints } from "../../model/tracepoints.ts";
import { EVENT, type TraceEvent } from "../trace/event.ts";

const ORDERS = 11;

/** How often the kernel's tracepoints fired, the recorded kernel's or the model's. Blocks by order; events. */
export class TracepointCounts {
  /** mm_page_alloc_zone_locked: blocks that left the buddy lists, refills among them. */
  readonly refills = new Float64Array(ORDERS);
  /** mm_page_pcpu_drain. */
  readonly drains = new Float64Array(ORDERS);
  /** mm_page_alloc_extfrag. */
  extfrag = 0;

  /** Counts a recorded event. */
  take({ kind, order }: Readonly<TraceEvent>): void {
    if (kind === EVENT.extfrag) this.extfrag++;
    else if (kind === EVENT.zoneLocked) add(this.refills, order);
    else if (kind === EVENT.pcpuDrain) add(this.drains, order);
  }

  /** Counts what a model emits from now on, beside whoever listens already. */
  listen(tracepoints: Tracepoints): Tracepoints {
    const { zoneLocked, pcpuDrain, extfrag } = tracepoints;
    return {
      ...tracepoints,
      zoneLocked: (pfn, order, migratetype, refill) => {
        add(this.refills, order);
        zoneLocked?.(pfn, order, migratetype, refill);
      },
      pcpuDrain: (pfn, order, migratetype) => {
        add(this.drains, order);
        pcpuDrain?.(pfn, order, migratetype);
      },
      extfrag: (pfn, order, fallbackOrder, wanted, from, claimed) => {
        this.extfrag++;
        extfrag?.(pfn, order, fallbackOrder, wanted, from, claimed);
      },
    };
  }
}

export function sum(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  return total;
}

function add(counts: Float64Array, order: number): void {
  if (order >= 0 && order < ORDERS) counts[order] = (counts[order] as number) + 1;
}
