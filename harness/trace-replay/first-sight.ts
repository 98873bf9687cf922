import { EVENT, type TraceEvent } from "../trace/event.ts";
import { DEFAULT_KERNEL } from "../trace/meta.ts";
import { PageHistory, SEEN } from "../trace/page-history.ts";
import { parseTrace } from "../trace/parser.ts";
import type { TraceSummary } from "../trace/summary.ts";

/** Blocks above this order are no kernel's; they are not followed page by page. */
const ORDER_FOLLOWED_MAX = 13;

/** What a first reading of a trace tells: its figures, and which pages were live before it began. */
export interface FirstSight {
  readonly summary: TraceSummary;
  /** The first event that names the page is a free. */
  isFreedFirst(pfn: number): boolean;
}

/**
 * Reads a whole trace to learn what it does not tell at its beginning, where no free map lies beside it.
 *
 * - **Cost**: one reading; a byte per page named.
 * - **Errors**: those of the parser.
 */
export async function firstSightOf(bytes: AsyncIterable<Uint8Array>, file: string): Promise<FirstSight> {
  const pages = new PageHistory();
  const onEvent = (event: Readonly<TraceEvent>): void => {
    if (event.kind === EVENT.alloc && event.failed === 0) note(pages, event, SEEN.live);
    else if (event.kind === EVENT.free) note(pages, event, SEEN.freed);
  };
  const summary = await parseTrace(bytes, { kernel: DEFAULT_KERNEL, file, onEvent });
  return { summary, isFreedFirst: (pfn) => pages.get(pfn) === SEEN.freed };
}

function note(pages: PageHistory, event: Readonly<TraceEvent>, first: number): void {
  const end = event.pfn + 2 ** Math.min(event.order, ORDER_FOLLOWED_MAX);
  for (let pfn = event.pfn; pfn < end; pfn++) if (pages.get(pfn) === SEEN.never) pages.set(pfn, first);
}
