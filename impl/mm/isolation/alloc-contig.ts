import type { Hooks } from "../../../model/design.ts";
import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import {
  LOCAL_REQUEST,
  LOCAL_RESULT,
  type MicroStep,
  NEXT,
  type Outcome,
  type Program,
} from "../../../model/program.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { buddyOrder, isolateFreeBlock } from "../buddy.ts";
import { zoneLock } from "../columns.ts";
import { drainZone } from "../drain-all-pages.ts";
import { LIST_COLUMNS } from "../touches.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { zoneOfPage } from "../zones.ts";
import { findLargeBuddy, type IsolateFor, testPagesIsolated } from "./isolate-block.ts";
import { ISOLATION_COLUMNS, type Isolation, LOCAL_RANGE_END, LOCAL_RANGE_START, zoneOfRange } from "./isolation.ts";

const LOCAL_AT = 4;
const LOCAL_OUTER_END = 5;
/** GRANTED when the pages in hand are the caller's, REFUSED when they have to be given back. */
const LOCAL_OUTCOME = 6;
/** Link of the page that the design's hook has refused, and has given back by itself. */
const LOCAL_REFUSED = 7;
const GRANTED = 1;
const REFUSED = 2;
/** What migrate_range answers when it ran out of memory, for which nobody tries again. */
const MIGRATE_ENOMEM = 2;

/** The programs that a contiguous allocation is made of. */
export interface ContigParts {
  readonly why: IsolateFor;
  readonly isolation: Isolation;
  /** Moves every movable page out of the range in locals 2 and 3; answers 1, 0 where some stayed, 2 without memory. */
  readonly migrate: Program;
  readonly free: Program;
}

/**
 * `alloc_contig_range`: isolates the range's pageblocks, moves away what is movable, and takes the pages off the free lists.
 *
 *     isolate ─ drain pcplists ─ migrate ─ all free? ─ take off lists ─ free what is beyond the range ─ un-isolate
 *        └──────────── -EBUSY, -ENOMEM from anywhere: what was taken is freed ──────────────────────────────┘
 *
 * Isolation is always undone, by whoever asked and whether or not this call was the one that isolated: as in the kernel, a call
 * that fails because another is at work on the same block un-isolates the other's, which then fails too.
 *
 * - **Context**: task that may sleep.
 * - **Shapes, units**: local 1 the request, for the design's hook; local 2 the link of the page behind the range, local 3 of its
 *   first. Answers local 3, or 0; on success each page is the caller's by itself.
 * - **Errors**: 0 for -EBUSY, -ENOMEM and a range that is not in one zone.
 * - **Leaves out**: __GFP_COMP; zeroing for __GFP_ZERO, which these kernels do not do for a range.
 * - **Source**: `alloc_contig_range()` in mm/page_alloc.c, v6.1 and v6.12.
 */
export function allocContigRange(name: string, hooks: Hooks, parts: ContigParts): Program {
  return defineWholeProgram({
    name,
    role: "range",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "end", sort: "pfn", link: true },
      { name: "start", sort: "pfn", link: true },
      { name: "at", sort: "pfn", link: true },
      { name: "outer_end", sort: "pfn", link: true },
      { name: "outcome", sort: "count" },
      { name: "refused", sort: "pfn", link: true },
    ],
    steps: [...emptySteps(parts), ...takeSteps(parts), ...prepareSteps(hooks, parts), ...finishSteps(parts)],
  });
}

/** Until every page of the range is free. */
function emptySteps({ isolation, migrate }: ContigParts): MicroStep[] {
  return [
    {
      label: "isolate",
      imitates: "start_isolate_page_range",
      needs: "may-sleep",
      cost: "none",
      touches: [],
      run: (k, f) => (isInOneZone(k, f) ? callOnRange(k, f, isolation.start) : f.return(0)),
    },
    {
      label: "drain",
      imitates: "drain_all_pages",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => (f.get(LOCAL_RESULT) === 1 ? k.call(drainZone, 0, 0, zoneOfRange(k, f), 0) : f.goto("undo")),
    },
    {
      label: "migrate",
      imitates: "__alloc_contig_migrate_range",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => callOnRange(k, f, migrate),
    },
    {
      label: "migrated",
      imitates: "alloc_contig_range",
      needs: "any",
      cost: "none",
      touches: [],
      // -EBUSY is no reason to give up: what could not be moved may have been freed meanwhile.
      run: (_k, f) => (f.get(LOCAL_RESULT) === MIGRATE_ENOMEM ? f.goto("undo") : NEXT),
    },
  ];
}

/** Off the lists of isolated pages, pageblock by pageblock; the last free block may reach beyond the range, the first begin before. */
function takeSteps({ why, free }: ContigParts): MicroStep[] {
  return [
    zoneLockStep("test_lock", "test_pages_isolated", zoneOfRange),
    {
      label: "test_pages_isolated",
      imitates: "test_pages_isolated",
      needs: "any",
      cost: "list",
      touches: ISOLATION_COLUMNS,
      run: (k, f) => {
        const from = findLargeBuddy(k, f.get(LOCAL_RANGE_START) - 1);
        const free = testPagesIsolated(k, from, f.get(LOCAL_RANGE_END) - 1, why);
        k.unlockIrqRestore(zoneLock(zoneOfRange(k, f)));
        if (!free) return f.goto("undo");
        f.set(LOCAL_AT, from + 1);
        return NEXT;
      },
    },
    zoneLockStep("take_lock", "isolate_freepages_block", zoneOfRange),
    {
      label: "take",
      imitates: "isolate_freepages_block",
      needs: "any",
      cost: "list",
      touches: ISOLATION_COLUMNS,
      run: (k, f) => {
        const end = takeFreeBlocks(k, f.get(LOCAL_AT) - 1, f.get(LOCAL_RANGE_END) - 1);
        k.unlockIrqRestore(zoneLock(zoneOfRange(k, f)));
        if (end < 0) return f.goto("release");
        f.set(LOCAL_AT, end + 1);
        return end < f.get(LOCAL_RANGE_END) - 1 ? f.goto("take_lock") : f.goto("split");
      },
    },
    {
      label: "release",
      imitates: "release_free_list",
      needs: "any",
      cost: "list",
      touches: LIST_COLUMNS,
      run: (k, f) => {
        const pfn = k.lists.first(contigList(k));
        if (pfn < 0) return f.goto("undo");
        const order = k.lists.order(pfn);
        k.lists.remove(contigList(k), pfn);
        return k.call(free, 0, 0, order, pfn + 1);
      },
    },
    {
      label: "released",
      imitates: "release_free_list",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("release"),
    },
  ];
}

/** The pages are in hand: split into single ones, those beyond the range freed, the others made ready for their owner. */
function prepareSteps(hooks: Hooks, { free }: ContigParts): MicroStep[] {
  return [
    {
      label: "split",
      imitates: "split_free_pages",
      needs: "any",
      cost: "list",
      touches: LIST_COLUMNS,
      run: (k, f) => {
        f.set(LOCAL_OUTER_END, f.get(LOCAL_AT));
        f.set(LOCAL_AT, k.lists.first(contigList(k)) + 1);
        for (let pfn = k.lists.first(contigList(k)); pfn >= 0; pfn = k.lists.first(contigList(k)))
          k.lists.remove(contigList(k), pfn);
        f.set(LOCAL_OUTCOME, GRANTED);
        return NEXT;
      },
    },
    {
      label: "prepare",
      imitates: "post_alloc_hook",
      needs: "any",
      cost: "zero",
      touches: ["hw.tag"],
      run: (k, f) => {
        const page = f.get(LOCAL_AT);
        if (page === f.get(LOCAL_OUTER_END)) return f.goto("undo");
        if (page === f.get(LOCAL_REFUSED)) {
          f.set(LOCAL_AT, page + 1);
          return f.goto("prepare");
        }
        if (!isCallers(f, page)) return k.call(free, 0, 0, 0, page);
        if (k.world.whole?.initOnAlloc === true) k.hw.zero(page - 1);
        if (hooks.allocated !== undefined) return k.call(hooks.allocated, 0, page, 0, f.get(LOCAL_REQUEST));
        f.set(LOCAL_RESULT, 1);
        return NEXT;
      },
    },
    {
      label: "prepared",
      imitates: "alloc_contig_range",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => {
        const page = f.get(LOCAL_AT);
        if (isCallers(f, page) && f.get(LOCAL_RESULT) !== 1) {
          // The design refused a page: all the others go back.
          f.set(LOCAL_OUTCOME, REFUSED);
          f.set(LOCAL_REFUSED, page);
          f.set(LOCAL_AT, f.get(LOCAL_RANGE_START));
        } else f.set(LOCAL_AT, page + 1);
        return f.goto("prepare");
      },
    },
  ];
}

function finishSteps({ isolation }: ContigParts): MicroStep[] {
  return [
    {
      label: "undo",
      imitates: "undo_isolate_page_range",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => callOnRange(k, f, isolation.undo),
    },
    {
      label: "hand_out",
      imitates: "alloc_contig_range",
      needs: "any",
      cost: "none",
      touches: HAND_OUT_COLUMNS,
      run: (_k, f) => f.return(f.get(LOCAL_OUTCOME) === GRANTED ? f.get(LOCAL_RANGE_START) : 0),
    },
  ];
}

/** Returning is visible: the workload records its pages and writes to them at that moment. */
export const HAND_OUT_COLUMNS = ["ledger.asked", "ledger.use", "hw.tag", ...LIST_COLUMNS];

/** What split_free_pages and the design's hook leave to be freed page by page, once nobody needs the range any more. */
export function freeContigRange(name: string, free: Program): Program {
  return defineWholeProgram({
    name,
    role: "free",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "end", sort: "pfn", link: true },
      { name: "at", sort: "pfn", link: true },
    ],
    steps: [
      {
        label: "free",
        imitates: "free_contig_range",
        needs: "any",
        cost: "none",
        touches: [],
        run: (k, f) => k.call(free, 0, 0, 0, f.get(LOCAL_RANGE_START)),
      },
      {
        label: "freed",
        imitates: "free_contig_range",
        needs: "any",
        cost: "none",
        touches: [],
        run: (_k, f) => {
          f.set(LOCAL_RANGE_START, f.get(LOCAL_RANGE_START) + 1);
          return f.get(LOCAL_RANGE_START) === f.get(LOCAL_RANGE_END) ? f.return(0) : f.goto("free");
        },
      },
    ],
  });
}

/**
 * One pageblock's share of isolate_freepages_range(): free blocks from `from` on go to the caller's list, up to the end of the
 * pageblock or of the range. Answers where the last one ends, or -1 when a page is not free any more.
 */
function takeFreeBlocks(k: Kernel, from: number, to: number): number {
  const size = 1 << k.world.geometry.pageblockOrder;
  const end = Math.min(to, (from & ~(size - 1)) + size);
  let pfn = from;
  while (pfn < end) {
    const order = buddyOrder(k, pfn);
    if (order < 0) return -1;
    isolateFreeBlock(k, pfn);
    k.lists.addTail(contigList(k), pfn, order);
    pfn += 1 << order;
  }
  return pfn;
}

function contigList(k: Kernel): number {
  return k.listOf("contig", k.cpu * LEVELS + k.level);
}

const LEVELS = 4;

function isCallers(f: Frame, page: number): boolean {
  if (f.get(LOCAL_OUTCOME) === REFUSED) return false;
  return page >= f.get(LOCAL_RANGE_START) && page < f.get(LOCAL_RANGE_END);
}

export function callOnRange(k: Kernel, f: Frame, program: Program): Outcome {
  return k.call(program, 0, 0, f.get(LOCAL_RANGE_END), f.get(LOCAL_RANGE_START));
}

export function isInOneZone(k: Kernel, f: Frame): boolean {
  const start = f.get(LOCAL_RANGE_START) - 1;
  const last = f.get(LOCAL_RANGE_END) - 2;
  if (start < 0 || last < start || last >= k.world.pages) return false;
  const zone = zoneOfPage(k, start);
  return zone >= 0 && zone === zoneOfPage(k, last);
}
