import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { USE_FILE } from "../../../model/ledger.ts";
import { LOCAL_RESULT, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { buddyOrder, freeBlockOf, freeOnePage, isolateFreeBlock } from "../buddy.ts";
import { zoneLock } from "../columns.ts";
import { drainZone } from "../drain-all-pages.ts";
import { lruFlags, lruRelease, PG_DIRTY, PG_LRU, PG_WRITEBACK } from "../reclaim/lru.ts";
import { LRU_COLUMNS } from "../reclaim/lru-columns.ts";
import { BUDDY_COLUMNS } from "../touches.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { zoneOfPage } from "../zones.ts";
import { poisonedList, setHwpoison } from "./hwpoison.ts";
import { allocatedHeadOf, outOfUse, PAGE_STATE_COLUMNS } from "./page-state.ts";

const LOCAL_PAGE = 3;
const LOCAL_TRIES = 4;
/** GET_PAGE_MAX_RETRY_NUM. */
const TRIES_MAX = 3;

const LOCKED_COLUMNS = [
  ...BUDDY_COLUMNS,
  ...PAGE_STATE_COLUMNS,
  "cpu.lockHolder",
  "cpu.preemptOff",
  "cpu.irqsOff",
] as const;

/**
 * `memory_failure`: the hardware has found the page broken, and nobody must get it again.
 *
 * | the page is | then |
 * | --- | --- |
 * | in a free block | taken off, the block split around it |
 * | on a pcplist, or in somebody's hand | pcplists are drained and it is looked for again, three times |
 * | clean page cache of one page | taken from its owner, who reads it anew, and kept when it is freed |
 * | anything else in use | left there with PageHWPoison, and kept when it is freed |
 *
 * - **Context**: task that may sleep.
 * - **Shapes, units**: local 3 the page's link. Answers 1 when the page is out of use, 0 when it still has to be freed.
 * - **Leaves out**: killing the owner; that a page on a pcplist is given up there (get_any_page() does not drain, here it does);
 *   unmapping it from the direct map (set_mce_nospec).
 * - **Source**: `memory_failure()`, `get_any_page()` in mm/memory-failure.c, `take_page_off_buddy()` in mm/page_alloc.c, v6.12.
 */
export function memoryFailure(free: Program): Program {
  return pageProgram("memory_failure", [
    {
      label: "test_set_hwpoison",
      imitates: "memory_failure",
      needs: "may-sleep",
      cost: "none",
      touches: ["hwpoison.page", "hwpoison.count"],
      run: (k, f) => (setHwpoison(k, pageOf(f), true) ? NEXT : f.return(1)),
    },
    ...takeOffSteps("in_use"),
    ...inUseSteps(free),
  ]);
}

/**
 * `soft_offline_page`: the page has had errors that could be corrected. It is moved away from while its content is good.
 *
 * - **Context**: task that may sleep.
 * - **Shapes, units**: local 3 the page's link. Answers 1 when the page is out of use; 0 when it stays in use, unmarked.
 * - **Source**: `soft_offline_page()`, `__page_handle_poison()` in mm/memory-failure.c, v6.12.
 */
export function softOffline(migrate: Program): Program {
  return pageProgram("soft_offline", [
    {
      label: "migrate",
      imitates: "soft_offline_in_use_page",
      needs: "may-sleep",
      cost: "none",
      touches: PAGE_STATE_COLUMNS,
      run: (k, f) => {
        if (outOfUse(k, pageOf(f)) !== "") return f.return(1);
        if (allocatedHeadOf(k, pageOf(f)) < 0) return f.goto("drain");
        return k.call(migrate, 0, 0, f.get(LOCAL_PAGE) + 1, f.get(LOCAL_PAGE));
      },
    },
    {
      label: "migrated",
      imitates: "soft_offline_in_use_page",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => (f.get(LOCAL_RESULT) === 1 ? NEXT : f.return(0)),
    },
    drainStep(),
    zoneLockStep("zone_lock", "take_page_off_buddy", zoneOf),
    {
      label: "take_page_off",
      imitates: "take_page_off_buddy",
      needs: "any",
      cost: "list",
      touches: LOCKED_COLUMNS,
      run: (k, f) => {
        const taken = takePageOffBuddy(k, pageOf(f));
        if (taken) setHwpoison(k, pageOf(f), true);
        k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
        return f.return(taken ? 1 : 0);
      },
    },
  ]);
}

/**
 * `unpoison_memory`: what was only said to be broken goes back to the free lists, or stays with the owner it has.
 *
 * - **Shapes, units**: local 3 the page's link. Answers 1, or 0 where the page was not poisoned.
 * - **Source**: `unpoison_memory()` in mm/memory-failure.c, `put_page_back_buddy()` in mm/page_alloc.c, v6.12.
 */
export const unpoison: Program = pageProgram("unpoison_memory", [
  zoneLockStep("zone_lock", "put_page_back_buddy", zoneOf),
  {
    label: "put_page_back",
    imitates: "put_page_back_buddy",
    needs: "any",
    cost: "list",
    touches: LOCKED_COLUMNS,
    run: (k, f) => {
      const pfn = pageOf(f);
      const takenOff = outOfUse(k, pfn) === "poisoned";
      const was = setHwpoison(k, pfn, false);
      if (takenOff) {
        k.lists.remove(poisonedList(k), pfn);
        freeOnePage(k, pfn, 0);
      }
      k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
      return f.return(was ? 1 : 0);
    },
  },
]);

/** Takes the page out of the free block it lies in and gives the rest back; ends the call, or goes on where it lies in none. */
function takeOffSteps(otherwise: string): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "take_page_off_buddy", zoneOf),
    {
      label: "take_page_off",
      imitates: "take_page_off_buddy",
      needs: "any",
      cost: "list",
      touches: LOCKED_COLUMNS,
      run: (k, f) => {
        const pfn = pageOf(f);
        const gone = takePageOffBuddy(k, pfn) || outOfUse(k, pfn) !== "";
        k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
        return gone ? f.return(1) : f.goto(otherwise);
      },
    },
  ];
}

function inUseSteps(free: Program): MicroStep[] {
  return [
    {
      label: "in_use",
      imitates: "identify_page_state",
      needs: "any",
      cost: "list",
      touches: [...LRU_COLUMNS, ...LOCKED_COLUMNS, "ledger.asked"],
      run: (k, f) => {
        const pfn = pageOf(f);
        if (allocatedHeadOf(k, pfn) < 0) return NEXT;
        if (!canBeDropped(k, pfn)) return f.return(0);
        lruRelease(k, pfn, 0);
        k.ledger.reclaim(pfn);
        return k.call(free, 0, 0, 0, f.get(LOCAL_PAGE));
      },
    },
    {
      label: "tried",
      imitates: "get_any_page",
      needs: "any",
      cost: "none",
      touches: PAGE_STATE_COLUMNS,
      run: (k, f) => {
        if (outOfUse(k, pageOf(f)) === "poisoned") return f.return(1);
        if (f.get(LOCAL_TRIES) === TRIES_MAX) return f.return(0);
        f.set(LOCAL_TRIES, f.get(LOCAL_TRIES) + 1);
        return NEXT;
      },
    },
    drainStep(),
    {
      label: "again",
      imitates: "get_any_page",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("zone_lock"),
    },
  ];
}

function drainStep(): MicroStep {
  return {
    label: "drain",
    imitates: "drain_all_pages",
    needs: "any",
    cost: "none",
    touches: [],
    run: (k, f) => k.call(drainZone, 0, 0, zoneOf(k, f), 0),
  };
}

/** me_pagecache_clean(): page cache that can be read again. */
function canBeDropped(k: Kernel, pfn: number): boolean {
  if (k.ledger.order(pfn) !== 0 || k.ledger.use(pfn) !== USE_FILE) return false;
  if (k.ledger.isPinned(pfn) || k.ledger.isUnsaved(pfn)) return false;
  const flags = lruFlags(k, pfn);
  return flags === 0 || ((flags & PG_LRU) !== 0 && (flags & (PG_DIRTY | PG_WRITEBACK)) === 0);
}

/** break_down_buddy_pages(): the halves in which the page does not lie go to the heads of their lists, largest first. */
function takePageOffBuddy(k: Kernel, pfn: number): boolean {
  const head = freeBlockOf(k, pfn);
  if (head < 0) return false;
  let order = buddyOrder(k, head);
  isolateFreeBlock(k, head);
  while (order > 0) {
    order--;
    const half = (pfn & ~((1 << order) - 1)) ^ (1 << order);
    freeOnePage(k, half, order, "head");
  }
  k.lists.addTail(poisonedList(k), pfn, 0);
  return true;
}

function pageProgram(name: string, steps: readonly MicroStep[]): Program {
  return defineWholeProgram({
    name,
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "unused", sort: "count" },
      { name: "order", sort: "order" },
      { name: "page", sort: "pfn", link: true },
      { name: "tries", sort: "count" },
    ],
    steps,
  });
}

function pageOf(f: Frame): number {
  return f.get(LOCAL_PAGE) - 1;
}

function zoneOf(k: Kernel, f: Frame): number {
  return zoneOfPage(k, pageOf(f));
}
