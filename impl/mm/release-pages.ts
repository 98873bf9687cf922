import type { Hooks } from "../../model/design.ts";
import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { LOCAL_RESULT, type MicroStep, NEXT, type Outcome, type Program } from "../../model/program.ts";
import { zeroBlock, zoneLockStep } from "./alloc-pages.ts";
import { typeOfBlock } from "./buddy.ts";
import { pcpLock, zoneLock } from "./columns.ts";
import { chooseList, commitToLists, freeUnderLock, noteFreedType, returnFromLists } from "./free-unref.ts";
import { isIsolate } from "./freetype.ts";
import { hasHwpoison } from "./isolation/hwpoison.ts";
import { jump } from "./jump.ts";
import { layoutOf } from "./mm-layout.ts";
import { pcpAllowed } from "./pcplist.ts";
import { lruRelease } from "./reclaim/lru.ts";
import { LRU_COLUMNS } from "./reclaim/lru-columns.ts";
import { BUDDY_COLUMNS, LIST_COLUMNS, PCP_COLUMNS } from "./touches.ts";
import { WATERMARK_COLUMNS } from "./watermark.ts";
import { defineWholeProgram } from "./whole-program.ts";
import { zoneOfPage } from "./zones.ts";

const LOCAL_LOCKED = 2;
const LOCAL_PAGE = 3;
const LOCAL_ORDER = 4;
/** Blocks still to be prepared; then blocks freed since the lock was taken. */
const LOCAL_COUNT = 5;

/** SWAP_CLUSTER_MAX: 6.1 lets go of the lock after so many pages. */
const BATCH_MAX = 32;

/**
 * `release_pages`: frees what the caller has put on the CPU's list of kind `bulk`, many blocks under one lock of the per-CPU
 * lists as long as they are of one zone.
 *
 * - **Context**: task level of a CPU.
 * - **Leaves out**: the caller's limit of 31 folios a batch (6.12), blocks above order 0 that 6.1 frees one by one before; that
 *   orders without lists (6.12) and isolated pages (6.1) are freed while the others are being prepared: here in their turn.
 * - **Source**: `free_unref_folios()` in mm/page_alloc.c, v6.12; `free_unref_page_list()`, v6.1.
 */
export function releasePages(hooks: Hooks): Program {
  return defineWholeProgram({
    name: "release_pages",
    role: "free",
    locals: [
      { name: "result", sort: "count" },
      { name: "unused", sort: "count" },
      { name: "locked", sort: "zone", link: true },
      { name: "page", sort: "pfn", link: true },
      { name: "order", sort: "order" },
      { name: "count", sort: "count" },
    ],
    steps: [...prepareSteps(hooks), ...listSteps(), ...buddySteps()],
  });
}

const toPrepare = jump("prepare_next");
const toNext = jump("next");
const toBuddy = jump("zone_lock");

/** Every block is prepared before the first is freed. */
function prepareSteps({ freePrepare }: Hooks): MicroStep[] {
  const begin: MicroStep = {
    label: "begin",
    imitates: "free_unref_folios",
    needs: "any",
    cost: "none",
    touches: LIST_COLUMNS,
    run: (k, f) => {
      f.set(LOCAL_COUNT, k.lists.length(k.listOf("bulk", k.cpu)));
      return NEXT;
    },
  };
  const prepare: MicroStep = {
    label: "prepare_next",
    imitates: "free_pages_prepare",
    needs: "any",
    cost: "none",
    touches: [...LIST_COLUMNS, ...LRU_COLUMNS, "mm.blockType", "mm.listedType", "hw.tag"],
    run: (k, f) => {
      if (f.get(LOCAL_COUNT) === 0) return toNext(f);
      f.set(LOCAL_COUNT, f.get(LOCAL_COUNT) - 1);
      const pfn = takeFirst(k, f);
      lruRelease(k, pfn, f.get(LOCAL_ORDER));
      noteFreedType(k, pfn);
      if (k.world.whole?.initOnFree === true) zeroBlock(k, pfn, f.get(LOCAL_ORDER));
      return freePrepare === undefined ? NEXT : k.call(freePrepare, 0, pfn + 1, f.get(LOCAL_ORDER));
    },
  };
  const handled: MicroStep = {
    label: "handled",
    imitates: "free_pages_prepare",
    needs: "any",
    cost: "list",
    touches: LIST_COLUMNS,
    run: (k, f) => {
      if (freePrepare === undefined || f.get(LOCAL_RESULT) !== 1)
        k.lists.addTail(k.listOf("bulk", k.cpu), f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
      return toPrepare(f);
    },
  };
  return [begin, prepare, handled];
}

function listSteps(): MicroStep[] {
  return [
    {
      label: "next",
      imitates: "free_unref_folios",
      needs: "any",
      cost: "lock",
      touches: [
        ...LIST_COLUMNS,
        "mm.blockType",
        "mm.listedType",
        "pcp.pindex",
        "hwpoison.page",
        "hwpoison.count",
        "cpu.lockHolder",
        "cpu.preemptOff",
      ],
      run: nextBlock,
    },
    {
      label: "commit",
      imitates: "free_unref_page_commit",
      needs: "any",
      cost: "list",
      touches: [...PCP_COLUMNS, "cpu.lockHolder"],
      run: (k, f) => {
        f.set(LOCAL_COUNT, f.get(LOCAL_COUNT) + 1);
        return commitToLists(k, zoneOf(k, f), f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER)) ? NEXT : toNext(f);
      },
    },
    zoneLockStep("bulk_lock", "free_pcppages_bulk", zoneOf),
    {
      label: "free_bulk",
      imitates: "free_pcppages_bulk",
      needs: "any",
      cost: "list",
      touches: [
        ...BUDDY_COLUMNS,
        ...PCP_COLUMNS,
        ...WATERMARK_COLUMNS,
        "cpu.lockHolder",
        "cpu.preemptOff",
        "cpu.irqsOff",
      ],
      run: (k, f) => {
        returnFromLists(k, zoneOf(k, f));
        return toNext(f);
      },
    },
  ];
}

/** An order that has no lists, an isolated pageblock, a poisoned page. */
function skipsLists(k: Kernel, pfn: number, order: number): boolean {
  return !pcpAllowed(k, order) || isIsolate(k, typeOfBlock(k, pfn)) || hasHwpoison(k, pfn, order);
}

/** Takes the next block; keeps the lock it has, changes it for another zone's, or goes past the lists without one. */
function nextBlock(k: Kernel, f: Frame): Outcome {
  const locked = f.get(LOCAL_LOCKED);
  const full = layoutOf(k.world).v61 && f.get(LOCAL_COUNT) >= BATCH_MAX;
  const pfn = takeFirst(k, f);
  const zone = pfn < 0 ? -1 : zoneOf(k, f);
  const direct = pfn >= 0 && skipsLists(k, pfn, f.get(LOCAL_ORDER));
  if (locked !== 0 && (full || direct || zone + 1 !== locked)) {
    k.unlock(pcpLock(k, locked - 1, k.cpu));
    f.set(LOCAL_LOCKED, 0);
  }
  if (pfn < 0) return f.return(0);
  if (direct) return toBuddy(f);
  if (f.get(LOCAL_LOCKED) === 0) {
    if (!k.tryLock(pcpLock(k, zone, k.cpu))) return toBuddy(f);
    f.set(LOCAL_LOCKED, zone + 1);
    f.set(LOCAL_COUNT, 0);
  }
  chooseList(k, zone, pfn, f.get(LOCAL_ORDER));
  return NEXT;
}

function buddySteps(): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "free_one_page", zoneOf),
    {
      label: "free_one_page",
      imitates: "free_one_page",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        freeUnderLock(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
        k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
        return toNext(f);
      },
    },
  ];
}

/** Takes the first block of the caller's list into hand; -1 when it is empty. */
function takeFirst(k: Kernel, f: Frame): number {
  const list = k.listOf("bulk", k.cpu);
  const pfn = k.lists.first(list);
  if (pfn < 0) return -1;
  f.set(LOCAL_PAGE, pfn + 1);
  f.set(LOCAL_ORDER, k.lists.order(pfn));
  k.lists.remove(list, pfn);
  return pfn;
}

function zoneOf(k: Kernel, f: Frame): number {
  return zoneOfPage(k, f.get(LOCAL_PAGE) - 1);
}
