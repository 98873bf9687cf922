import type { TraceZone } from "../trace/meta.ts";

/** A run of compaction in one zone, as `mm_compaction_begin` and `mm_compaction_end` fence it. */
interface Run {
  readonly zone: number;
  active: boolean;
  /** Line of its end; of pages that came to the buddy later it cannot have taken any. */
  endLine: number;
}

/** Pages that compaction may hold beyond what it has accounted for: the largest block its fast search takes, order 8. */
const IN_FLIGHT_PAGES = 256;

/**
 * How many pages compaction can have taken from a zone without an event that counts them.
 *
 * In 6.1 `fast_isolate_freepages()` takes a block of its own accord and, when that is enough, nothing is printed. But every
 * page that is migrated needs one that was taken, and what is left over is freed by the compacting task; what the free
 * scanner's events do not account for was taken by the fast search.
 */
export class CompactionRuns {
  private readonly runs = new Map<number, Run>();
  private readonly captors = new Set<number>();
  private readonly lastEnd: Float64Array;
  /** Pages needed (migrated, given back) less pages whose taking was printed or assumed, by zone. */
  private readonly owed: Int32Array;
  private readonly zoneAt: (pfn: number) => number;

  constructor(zones: readonly TraceZone[], zoneAt: (pfn: number) => number) {
    this.lastEnd = new Float64Array(zones.length).fill(-1);
    this.owed = new Int32Array(zones.length);
    this.zoneAt = zoneAt;
  }

  begin(pid: number, zoneStart: number): void {
    const zone = this.zoneAt(zoneStart);
    if (zone >= 0) this.runs.set(pid, { zone, active: true, endLine: -1 });
  }

  end(pid: number, line: number): void {
    const run = this.runs.get(pid);
    if (run === undefined) return;
    run.active = false;
    this.captors.add(pid);
    run.endLine = line;
    this.lastEnd[run.zone] = line;
  }

  /** Pages were migrated into pages that had been taken, or given back, by this task. */
  needed(pid: number, pages: number): void {
    const run = this.runs.get(pid);
    if (run !== undefined) this.owed[run.zone] = (this.owed[run.zone] as number) + pages;
  }

  /** Pages of the zone whose taking is known now; negative: an assumption is withdrawn. */
  taken(zone: number, pages: number): void {
    this.owed[zone] = (this.owed[zone] as number) - pages;
  }

  isRunning(pid: number): boolean {
    return this.runs.get(pid)?.active === true;
  }

  /** Whether the task's own compaction run has just ended: what it is allocated next may be a captured block. */
  mayHaveCaptured(pid: number): boolean {
    return this.captors.has(pid);
  }

  /** The task was allocated a page: whatever its run has captured has been handed over. */
  allocated(pid: number): void {
    this.captors.delete(pid);
  }

  /** Whether pages of the zone, free since `line`, can have been taken without an event. */
  mayHaveTaken(zone: number, line: number, pages: number): boolean {
    const active = this.isActiveIn(zone);
    if (!active && line >= (this.lastEnd[zone] as number)) return false;
    return (this.owed[zone] as number) + (active ? IN_FLIGHT_PAGES : 0) >= pages;
  }

  private isActiveIn(zone: number): boolean {
    for (const run of this.runs.values()) if (run.active && run.zone === zone) return true;
    return false;
  }
}
