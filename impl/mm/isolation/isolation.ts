import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import type { MicroStep, Program } from "../../../model/program.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { zoneLock } from "../columns.ts";
import { layoutOf } from "../mm-layout.ts";
import { BUDDY_COLUMNS } from "../touches.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { zoneOfPage } from "../zones.ts";
import { type IsolateFor, isolateBlock, unisolateBlock } from "./isolate-block.ts";
import { allocatedHeadOf, PAGE_STATE_COLUMNS } from "./page-state.ts";

export const LOCAL_RANGE_END = 2;
export const LOCAL_RANGE_START = 3;
const LOCAL_AT = 4;
const LOCAL_UNDONE = 5;
const LOCAL_MOVES = 6;

/** Columns of a section under zone->lock that isolates blocks or takes isolated pages. */
export const ISOLATION_COLUMNS = [
  ...BUDDY_COLUMNS,
  ...PAGE_STATE_COLUMNS,
  "zone.nrIsolateBlocks",
  "cpu.lockHolder",
  "cpu.preemptOff",
  "cpu.irqsOff",
] as const;

export interface Isolation {
  readonly start: Program;
  readonly undo: Program;
}

/**
 * `start_isolate_page_range` and `undo_isolate_page_range` for one purpose, which decides the label that undoing restores (the
 * one before is forgotten) and what counts as unmovable.
 *
 * The first and the last pageblock are isolated first, since pages may reach over the range's ends; each block is one section
 * of the lock. When one cannot be isolated those before are given back.
 *
 * - **Context**: task; zone->lock per block.
 * - **Shapes, units**: local 2 the link of the page behind the range, local 3 of its first, within one zone; widened to
 *   pageblocks. Answers 1, or 0 for -EBUSY.
 * A block in use that is larger than a pageblock and reaches over an end makes the range busy; 6.1 first tries to move it away,
 * after isolating its pageblocks (here before: a new owner of the same frames is met as the old one was).
 *
 * - **Source**: mm/page_isolation.c, v6.1 and v6.12.
 */
export function isolationFor(why: IsolateFor, migrate: Program, prefix = ""): Isolation {
  return {
    start: defineWholeProgram({
      name: `${prefix}start_isolate_page_range`,
      role: "inner",
      locals: LOCALS,
      steps: [...moveAwaySteps(migrate), ...startSteps(why)],
    }),
    undo: defineWholeProgram({
      name: `${prefix}undo_isolate_page_range`,
      role: "inner",
      locals: LOCALS,
      steps: undoSteps(why),
    }),
  };
}

const LOCALS = [
  { name: "result", sort: "count" },
  { name: "unused", sort: "count" },
  { name: "end", sort: "pfn", link: true },
  { name: "start", sort: "pfn", link: true },
  { name: "at", sort: "count" },
  { name: "undone", sort: "count" },
  { name: "moves", sort: "count" },
] as const;

export function zoneOfRange(k: Kernel, f: Frame): number {
  return zoneOfPage(k, f.get(LOCAL_RANGE_START) - 1);
}

/** 6.1: one attempt for each end of the range. */
function moveAwaySteps(migrate: Program): MicroStep[] {
  return [
    {
      label: "straddling",
      imitates: "isolate_single_pageblock",
      needs: "any",
      cost: "none",
      touches: PAGE_STATE_COLUMNS,
      run: (k, f) => {
        const ends = [firstBlock(k, f), firstBlock(k, f) + blocksOf(k, f) * blockSize(k)];
        const boundary = ends[f.get(LOCAL_MOVES)];
        if (!layoutOf(k.world).v61 || boundary === undefined) return f.goto("zone_lock");
        f.set(LOCAL_MOVES, f.get(LOCAL_MOVES) + 1);
        if (boundary >= k.world.pages || !reachesOver(k, boundary)) return f.goto("straddling");
        const head = allocatedHeadOf(k, boundary);
        return k.call(migrate, 0, 0, head + (1 << k.ledger.order(head)) + 1, head + 1);
      },
    },
    {
      label: "moved",
      imitates: "isolate_single_pageblock",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("straddling"),
    },
  ];
}

function startSteps(why: IsolateFor): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "set_migratetype_isolate", zoneOfRange),
    {
      label: "isolate",
      imitates: "set_migratetype_isolate",
      needs: "any",
      cost: "list",
      touches: ISOLATION_COLUMNS,
      run: (k, f) => {
        const at = f.get(LOCAL_AT);
        const done = isolateNth(k, f, at, why);
        k.unlockIrqRestore(zoneLock(zoneOfRange(k, f)));
        if (!done) return at === 0 ? f.return(0) : f.goto("undo_lock");
        if (at + 1 === blocksOf(k, f)) return f.return(1);
        f.set(LOCAL_AT, at + 1);
        return f.goto("zone_lock");
      },
    },
    zoneLockStep("undo_lock", "unset_migratetype_isolate", zoneOfRange),
    {
      label: "undo",
      imitates: "unset_migratetype_isolate",
      needs: "any",
      cost: "list",
      touches: ISOLATION_COLUMNS,
      run: (k, f) => {
        const at = f.get(LOCAL_AT);
        const undone = f.get(LOCAL_UNDONE);
        unisolateBlock(k, nthBlock(k, f, undoneNth(undone, at)), why);
        k.unlockIrqRestore(zoneLock(zoneOfRange(k, f)));
        if (undone + 1 === at) return f.return(0);
        f.set(LOCAL_UNDONE, undone + 1);
        return f.goto("undo_lock");
      },
    },
  ];
}

function undoSteps(why: IsolateFor): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "unset_migratetype_isolate", zoneOfRange),
    {
      label: "undo",
      imitates: "unset_migratetype_isolate",
      needs: "any",
      cost: "list",
      touches: ISOLATION_COLUMNS,
      run: (k, f) => {
        const at = f.get(LOCAL_AT);
        unisolateBlock(k, firstBlock(k, f) + at * blockSize(k), why);
        k.unlockIrqRestore(zoneLock(zoneOfRange(k, f)));
        if (at + 1 === blocksOf(k, f)) return f.return(1);
        f.set(LOCAL_AT, at + 1);
        return f.goto("zone_lock");
      },
    },
  ];
}

function isolateNth(k: Kernel, f: Frame, at: number, why: IsolateFor): boolean {
  const block = nthBlock(k, f, at);
  const blocks = blocksOf(k, f);
  const end = firstBlock(k, f) + blocks * blockSize(k);
  if (at === 0 && reachesOver(k, block)) return false;
  if ((at === 1 || blocks === 1) && end < k.world.pages && reachesOver(k, end)) return false;
  // The ends are looked at whole, the blocks between as far as they are wanted, which is whole as well.
  return isolateBlock(k, block, block, block + blockSize(k), why);
}

/** A block that is in use lies on both sides of a pageblock boundary. */
function reachesOver(k: Kernel, boundary: number): boolean {
  const head = allocatedHeadOf(k, boundary);
  return head >= 0 && head < boundary;
}

/** The order of isolation: first block, last block, then those between. */
function nthBlock(k: Kernel, f: Frame, at: number): number {
  const place = at === 0 ? 0 : at === 1 ? blocksOf(k, f) - 1 : at - 1;
  return firstBlock(k, f) + place * blockSize(k);
}

/** Undoing goes by rising pfn, the last block at the end, as it was isolated second. */
function undoneNth(undone: number, isolated: number): number {
  if (undone === 0) return 0;
  return undone < isolated - 1 ? undone + 1 : 1;
}

function firstBlock(k: Kernel, f: Frame): number {
  return (f.get(LOCAL_RANGE_START) - 1) & ~(blockSize(k) - 1);
}

function blocksOf(k: Kernel, f: Frame): number {
  return Math.ceil((f.get(LOCAL_RANGE_END) - 1 - firstBlock(k, f)) / blockSize(k));
}

function blockSize(k: Kernel): number {
  return 1 << k.world.geometry.pageblockOrder;
}
