import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { USE_KERNEL } from "../../../model/ledger.ts";
import { LOCAL_REQUEST, LOCAL_RESULT, type MicroStep, type Program } from "../../../model/program.ts";
import { VM } from "../../../model/vm-events.ts";
import { setTypeOfBlock } from "../buddy.ts";
import { freetypeOf, MIGRATE_CMA } from "../freetype.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { HAND_OUT_COLUMNS } from "./alloc-contig.ts";
import { LOCAL_RANGE_END, LOCAL_RANGE_START } from "./isolation.ts";
import { allocatedHeadOf, PAGE_STATE_COLUMNS } from "./page-state.ts";

const LOCAL_PAGES = 4;
const LOCAL_ALIGN = 5;

/** The CMA area: whole pageblocks at the end of the last zone; empty where none are set aside. Units: pfns. */
export function cmaArea(k: Kernel): { readonly start: number; readonly end: number } {
  const zone = k.world.zones[k.world.zones.length - 1];
  if (zone === undefined || k.world.whole === undefined) return { start: 0, end: 0 };
  const end = zone.startPfn + zone.spanned;
  return { start: Math.max(zone.startPfn, end - (k.world.whole.cmaBlocks << k.world.geometry.pageblockOrder)), end };
}

/** At boot, before memory is freed: labels the area's pageblocks. **Source**: `init_cma_reserved_pageblock()`. */
export function labelCmaArea(k: Kernel): void {
  const { start, end } = cmaArea(k);
  for (let block = start; block < end; block += 1 << k.world.geometry.pageblockOrder)
    setTypeOfBlock(k, block, freetypeOf(k, MIGRATE_CMA));
}

/**
 * `cma_alloc`: the first aligned range of the area that alloc_contig_range can get.
 *
 * - **Context**: task that may sleep.
 * - **Shapes, units**: local 1 the request, local 2 the number of pages, local 3 the order of their alignment; answers the link
 *   of the first page, and the link of the page behind the last in local 2, or 0.
 * - **Leaves out**: the bitmap of what this allocator has given away: a range with pages that cannot move is passed over
 *   instead, which also passes over those that somebody else holds for good. More than one area; cma_mutex.
 * - **Source**: `cma_alloc()` in mm/cma.c, v6.12.
 */
export function cmaAlloc(contig: Program): Program {
  return defineWholeProgram({
    name: "cma_alloc",
    role: "range",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "pages_or_end", sort: "count" },
      { name: "align_or_start", sort: "count" },
      { name: "pages", sort: "count" },
      { name: "align", sort: "order" },
    ],
    steps: allocSteps(contig),
  });
}

function allocSteps(contig: Program): MicroStep[] {
  return [
    {
      label: "begin",
      imitates: "cma_alloc",
      needs: "may-sleep",
      cost: "none",
      touches: [],
      run: (k, f) => {
        f.set(LOCAL_PAGES, f.get(LOCAL_RANGE_END));
        f.set(LOCAL_ALIGN, f.get(LOCAL_RANGE_START));
        return tryFrom(k, f, cmaArea(k).start);
      },
    },
    {
      label: "find",
      imitates: "bitmap_find_next_zero_area_off",
      needs: "any",
      cost: "none",
      touches: PAGE_STATE_COLUMNS,
      run: (k, f) => {
        const start = firstCandidate(k, f.get(LOCAL_RANGE_START) - 1, f.get(LOCAL_PAGES), 1 << f.get(LOCAL_ALIGN));
        if (start < 0) {
          (k.events[VM.cma_alloc_fail] as number)++;
          return f.return(0);
        }
        f.set(LOCAL_RANGE_START, start + 1);
        f.set(LOCAL_RANGE_END, start + 1 + f.get(LOCAL_PAGES));
        return k.call(contig, 0, f.get(LOCAL_REQUEST), f.get(LOCAL_RANGE_END), start + 1);
      },
    },
    {
      label: "tried",
      imitates: "cma_alloc",
      needs: "any",
      cost: "none",
      touches: HAND_OUT_COLUMNS,
      run: (k, f) => {
        const link = f.get(LOCAL_RESULT);
        if (link === 0) return tryFrom(k, f, f.get(LOCAL_RANGE_START) - 1 + (1 << f.get(LOCAL_ALIGN)));
        (k.events[VM.cma_alloc_success] as number)++;
        return f.return(link);
      },
    },
  ];
}

function tryFrom(k: Kernel, f: Frame, pfn: number): number {
  f.set(LOCAL_RANGE_START, Math.min(pfn, k.world.pages) + 1);
  return f.goto("find");
}

/** The first aligned range from `from` on that holds no page of an owner who cannot part with it; -1 when there is none. */
function firstCandidate(k: Kernel, from: number, pages: number, align: number): number {
  const { start, end } = cmaArea(k);
  let at = Math.ceil(Math.max(from, start) / align) * align;
  while (at + pages <= end) {
    const taken = lastTaken(k, at, at + pages);
    if (taken < 0) return at;
    at = Math.ceil((taken + 1) / align) * align;
  }
  return -1;
}

function lastTaken(k: Kernel, from: number, to: number): number {
  for (let pfn = to - 1; pfn >= from; pfn--) {
    const head = allocatedHeadOf(k, pfn);
    if (head >= 0 && k.ledger.use(head) === USE_KERNEL) return pfn;
  }
  return -1;
}
