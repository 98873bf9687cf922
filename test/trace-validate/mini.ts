import type { TraceValidation } from "../../harness/trace-validate/result.ts";
import { validateTrace } from "../../harness/trace-validate/validate-trace.ts";

/** A hand-written recording of a machine with one zone, DMA32, pages 0x1000 to 0x4fff. */
export interface MiniRecording {
  readonly kernel: "6.1" | "6.12" | "6.12.28" | "6.12.29";
  /** Free blocks at the start, `pfn order`, hexadecimal and decimal. */
  readonly free: readonly string[];
  /** Event n, counted from 1, stands on line n + 1: the first line says that the free map has been read. */
  readonly events: readonly string[];
  readonly freeAfter?: readonly string[];
  readonly pagetypeinfo?: string;
  /** Nothing says when the free map was read. */
  readonly moving?: boolean;
  /** Leaves the last line without its end. */
  readonly cut?: boolean;
}

/** Shorthand for events, in the kernel's field order. All numbers of pages are hexadecimal without `0x`. */
export const locked = (pfn: string, order = 0, type = 1): string =>
  `mm_page_alloc_zone_locked: page=00000000aa5498db pfn=0x${pfn} order=${order} migratetype=${type} percpu_refill=1`;
export const drain = (pfn: string, order = 0, type = 1): string =>
  `mm_page_pcpu_drain: page=00000000aa5498db pfn=0x${pfn} order=${order} migratetype=${type}`;
export const freed = (pfn: string, order = 0): string =>
  `mm_page_free: page=00000000aa5498db pfn=0x${pfn} order=${order}`;
export const allocated = (pfn: string, order = 0): string =>
  `mm_page_alloc: page=00000000aa5498db pfn=0x${pfn} order=${order} migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE`;
export const allocatedAtomic = (pfn: string, order: number): string =>
  `mm_page_alloc: page=00000000aa5498db pfn=0x${pfn} order=${order} migratetype=0 gfp_flags=GFP_ATOMIC|__GFP_COMP`;
export const scanned = (from: string, to: string, looks: number, taken: number): string =>
  `mm_compaction_isolate_freepages: range=(0x${from} ~ 0x${to}) nr_scanned=${looks} nr_taken=${taken}`;
export const compaction = (edge: "begin" | "end"): string =>
  `mm_compaction_${edge}: zone_start=0x1000 migrate_pfn=0x1000 free_pfn=0x4e00 zone_end=0x5000, mode=sync${edge === "end" ? " status=success" : ""}`;
export const migrated = (pages: number): string => `mm_compaction_migratepages: nr_migrated=${pages} nr_failed=0`;

export interface Fallback {
  readonly pfn: string;
  readonly order: number;
  readonly found: number;
  readonly type: number;
  readonly from: number;
  readonly owned: 0 | 1;
}

export const extfrag = ({ pfn, order, found, type, from, owned }: Fallback): string =>
  `mm_page_alloc_extfrag: page=00000000aa5498db pfn=0x${pfn} alloc_order=${order} fallback_order=${found} pageblock_order=9 alloc_migratetype=${type} fallback_migratetype=${from} fragmenting=${found < 9 ? 1 : 0} change_ownership=${owned}`;

export async function validateMini(mini: MiniRecording): Promise<TraceValidation> {
  const text = [mini.moving === true ? "some mark" : "snapshot before end", ...mini.events]
    .map(
      (event, i) =>
        `            init-1       [001] d..3.     9.${String(401_000 + i)}: ${i === 0 ? `tracing_mark_write: ${event}` : event}`,
    )
    .join("\n");
  const after = mini.freeAfter;
  return validateTrace({
    file: "mini.trace",
    open: () => bytesOf(mini.cut === true ? text : `${text}\n`),
    sideFiles: {
      meta: { file: "mini.meta.json", text: JSON.stringify(metaOf(mini.kernel)) },
      freeBlocks: { file: "mini.before", open: () => bytesOf(`${mini.free.join("\n")}\n`) },
    },
    ...(mini.pagetypeinfo === undefined ? {} : { pagetypeinfoAfter: mini.pagetypeinfo }),
    ...(after === undefined
      ? {}
      : { freeBlocksAfter: { file: "mini.after", open: () => bytesOf(`${after.join("\n")}\n`) } }),
  });
}

/** Number and reason of every illegal event. */
export function objections({ illegalEvents }: TraceValidation): string[] {
  return illegalEvents.map(({ reason, line }) => `${line - 1} ${reason}`);
}

function metaOf(kernel: string): unknown {
  const zone = { zone: "DMA32", start_pfn: 0x1000, spanned: 0x4000, managed: 0x4000, batch: 31, pcp_high: 500 };
  return { kernel: /^6\.12\./.test(kernel) ? `${kernel}-amd64` : `${kernel}.0-1-amd64`, cpus: 2, zones: [zone] };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
