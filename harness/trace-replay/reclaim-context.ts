import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { EventText } from "../trace/parser.ts";

/** Who a recorded call belongs to: the workload, the kernel taking pages away, or the kernel moving them. */
export type Origin = "workload" | "reclaim" | "compaction";

/**
 * Tells frees by reclaim (kswapd, and a task between the begin and the end of its direct reclaim) and by compaction (a task
 * between the begin and the end of a compaction, kcompactd's included) from those of the workload.
 *
 * The parser hands over the fields of an event it does not know, not its name; each of these four has fields of its own.
 *
 * - **Cost**: memory by the number of tasks in the trace.
 */
export class ReclaimContext {
  private readonly reclaiming = new Set<number>();
  private readonly compacting = new Set<number>();
  private readonly isKswapd = new Map<number, boolean>();

  /** Every event passes here, in order, before it is asked about. */
  note(event: Readonly<TraceEvent>, text: EventText): void {
    if (event.kind !== EVENT.other || event.pid <= 0) return;
    const detail = text.detail();
    if (DIRECT_RECLAIM_BEGIN.test(detail)) this.reclaiming.add(event.pid);
    else if (DIRECT_RECLAIM_END.test(detail)) this.reclaiming.delete(event.pid);
    else if (COMPACTION.test(detail)) {
      if (detail.includes("status=")) this.compacting.delete(event.pid);
      else this.compacting.add(event.pid);
    }
  }

  /** An interrupt that comes in while a task reclaims is not reclaim. */
  originOf(event: Readonly<TraceEvent>, text: EventText): Origin {
    if (event.pid <= 0 || (event.softirq | event.hardirq | event.nmi) !== 0) return "workload";
    if (this.compacting.has(event.pid)) return "compaction";
    return this.reclaiming.has(event.pid) || this.kswapd(event.pid, text) ? "reclaim" : "workload";
  }

  /** A kernel thread keeps its number for as long as the machine runs. */
  private kswapd(pid: number, text: EventText): boolean {
    const known = this.isKswapd.get(pid);
    if (known !== undefined) return known;
    const found = /^kswapd\d+$/.test(text.comm());
    this.isKswapd.set(pid, found);
    return found;
  }
}

const DIRECT_RECLAIM_BEGIN = /^order=\d+ gfp_flags=/;
const DIRECT_RECLAIM_END = /^nr_reclaimed=\d+/;
const COMPACTION = /^zone_start=0x[0-9a-f]+ migrate_pfn=/;
