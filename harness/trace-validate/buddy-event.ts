import { GFP } from "../../model/gfp.ts";
import type { TraceEvent } from "../trace/event.ts";
import { EVENT } from "../trace/event.ts";
import type { EventText } from "../trace/parser.ts";

/** One recorded event that says something of the buddy lists, kept beyond the parser's callback. */
export interface BuddyEvent {
  readonly kind: "zone_locked" | "pcpu_drain" | "extfrag" | "alloc" | "free" | "isolate" | "begin" | "end" | "migrated";
  readonly line: number;
  readonly cpu: number;
  readonly pid: number;
  /** Interrupt context as one number: events of one task in one context follow each other. */
  readonly context: number;
  readonly pfn: number;
  /** log2 of pages; of `extfrag` what was asked for. */
  readonly order: number;
  readonly type: number;
  /** `alloc` only: an atomic request (__GFP_HIGH, no direct reclaim), which may use the high-order reserve. */
  readonly atomic: boolean;
  /** `extfrag` only: order and list of the block found, and whether its pageblock is the asking type's afterwards. */
  readonly fallbackOrder: number;
  readonly fallbackType: number;
  readonly changedHands: boolean;
  /** `isolate`: of pages [pfn, end), `scanned` were looked at and `taken` left. `migrated`: `taken` pages were moved. */
  readonly end: number;
  readonly scanned: number;
  readonly taken: number;
}

const PAGE_KINDS: Readonly<Record<number, BuddyEvent["kind"]>> = {
  [EVENT.zoneLocked]: "zone_locked",
  [EVENT.pcpuDrain]: "pcpu_drain",
  [EVENT.extfrag]: "extfrag",
  [EVENT.alloc]: "alloc",
  [EVENT.free]: "free",
};

/** The event as the judge wants it, or undefined if it says nothing of the buddy. The text is asked for with rare events only. */
export function buddyEvent(event: Readonly<TraceEvent>, text: Pick<EventText, "detail">): BuddyEvent | undefined {
  const kind = PAGE_KINDS[event.kind];
  if (kind === undefined || event.failed === 1) return undefined;
  const isFallback = kind === "extfrag";
  return {
    kind,
    line: event.line,
    cpu: event.cpu,
    pid: event.pid,
    context: event.hardirq * 2 + event.softirq,
    pfn: event.pfn,
    order: event.order,
    type: event.migratetype,
    atomic: event.gfpKnown === 1 && (event.gfp & (GFP.HIGH | GFP.DIRECT_RECLAIM)) === GFP.HIGH,
    fallbackOrder: event.fallbackOrder,
    fallbackType: event.fallbackMigratetype,
    changedHands: isFallback && /change_ownership=(0x)?1\b/.test(text.detail()),
    ...NOTHING_SCANNED,
  };
}

const NOTHING_SCANNED = { end: 0, scanned: 0, taken: 0 };

/**
 * The compaction event with these fields, or undefined if it is none that concerns free pages. `isFreeScanner` is asked of
 * scanner events, whose fields look the same for both scanners.
 */
export function compactionEvent(
  event: Readonly<TraceEvent>,
  detail: string,
  isFreeScanner: () => boolean,
): BuddyEvent | undefined {
  const scan = /^range=\((0x[\da-f]+) ~ (0x[\da-f]+)\) nr_scanned=(\d+) nr_taken=(\d+)/.exec(detail);
  if (scan) {
    if (!isFreeScanner()) return undefined;
    const [pfn, end, scanned, taken] = scan.slice(1).map(Number) as [number, number, number, number];
    return bare(event, "isolate", { pfn, end, scanned, taken });
  }
  const migrated = /^nr_migrated=(\d+)/.exec(detail);
  if (migrated) return bare(event, "migrated", { pfn: 0, ...NOTHING_SCANNED, taken: Number(migrated[1]) });
  const zone = /^zone_start=(0x[\da-f]+) /.exec(detail);
  if (!zone) return undefined;
  return bare(event, detail.includes(" status=") ? "end" : "begin", { pfn: Number(zone[1]), ...NOTHING_SCANNED });
}

function bare(
  event: Readonly<TraceEvent>,
  kind: "isolate" | "begin" | "end" | "migrated",
  fields: Pick<BuddyEvent, "pfn" | "end" | "scanned" | "taken">,
): BuddyEvent {
  const { line, cpu, pid } = event;
  const context = event.hardirq * 2 + event.softirq;
  const none = { order: 0, type: 0, atomic: false, fallbackOrder: -1, fallbackType: -1, changedHands: false };
  return { kind, line, cpu, pid, context, ...none, ...fields };
}

/** The event in one line, as the kernel names it. */
export function eventText(event: BuddyEvent): string {
  const pfn = `pfn=0x${event.pfn.toString(16)}`;
  switch (event.kind) {
    case "zone_locked":
      return `mm_page_alloc_zone_locked ${pfn} order=${event.order} migratetype=${event.type}`;
    case "pcpu_drain":
      return `mm_page_pcpu_drain ${pfn} order=${event.order} migratetype=${event.type}`;
    case "extfrag":
      return `mm_page_alloc_extfrag ${pfn} alloc_order=${event.order} fallback_order=${event.fallbackOrder} alloc_migratetype=${event.type} fallback_migratetype=${event.fallbackType} change_ownership=${event.changedHands ? 1 : 0}`;
    case "alloc":
      return `mm_page_alloc ${pfn} order=${event.order}`;
    case "free":
      return `mm_page_free ${pfn} order=${event.order}`;
    case "isolate":
      return `mm_compaction_isolate_freepages range=(0x${event.pfn.toString(16)} ~ 0x${event.end.toString(16)}) nr_scanned=${event.scanned} nr_taken=${event.taken}`;
    case "begin":
      return "mm_compaction_begin";
    case "end":
      return "mm_compaction_end";
    case "migrated":
      return `mm_compaction_migratepages nr_migrated=${event.taken}`;
  }
}
