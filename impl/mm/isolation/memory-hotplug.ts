import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { LOCAL_RESULT, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { buddyOrder, freeOnePage, isolateFreeBlock } from "../buddy.ts";
import { zoneColumns, zoneLock } from "../columns.ts";
import { drainZone } from "../drain-all-pages.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { setupZones } from "../zone-setup.ts";
import { callOnRange, isInOneZone } from "./alloc-contig.ts";
import { findLargeBuddy, testPagesIsolated } from "./isolate-block.ts";
import { ISOLATION_COLUMNS, type Isolation, LOCAL_RANGE_END, LOCAL_RANGE_START, zoneOfRange } from "./isolation.ts";
import { outOfUse, PAGE_STATE_COLUMNS } from "./page-state.ts";

const LOCAL_ROUNDS = 4;
/** The kernel tries until it is interrupted; here that happens after so many rounds. */
const ROUNDS_MAX = 5;

const LOCALS = [
  { name: "result", sort: "count" },
  { name: "unused", sort: "count" },
  { name: "end", sort: "pfn", link: true },
  { name: "start", sort: "pfn", link: true },
  { name: "rounds", sort: "count" },
] as const;

/**
 * `offline_pages`: takes a range of pageblocks out of use, in which then nobody has or gets memory.
 *
 * - **Context**: task that may sleep.
 * - **Shapes, units**: local 2 the link of the page behind the range, local 3 of its first: whole pageblocks of one zone.
 *   Answers 1, or 0 where some page cannot be moved (everything is as before but for what has been moved).
 * - **Leaves out**: notifiers, sections, zone_pcp_disable() (pcplists are drained in every round instead), the end of a zone's
 *   or node's last page.
 * - **Source**: `offline_pages()` in mm/memory_hotplug.c, `__offline_isolated_pages()` in mm/page_alloc.c, v6.12.
 */
export function offlinePages(isolation: Isolation, migrate: Program): Program {
  return defineWholeProgram({
    name: "offline_pages",
    role: "inner",
    locals: LOCALS,
    steps: [...emptySteps(isolation, migrate), ...offlineSteps(isolation)],
  });
}

function emptySteps(isolation: Isolation, migrate: Program): MicroStep[] {
  return [
    {
      label: "isolate",
      imitates: "start_isolate_page_range",
      needs: "may-sleep",
      cost: "none",
      touches: [],
      run: (k, f) => (isWholeBlocks(k, f) ? callOnRange(k, f, isolation.start) : f.return(0)),
    },
    {
      label: "isolated",
      imitates: "offline_pages",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => (f.get(LOCAL_RESULT) === 1 ? NEXT : f.return(0)),
    },
    {
      label: "drain",
      imitates: "zone_pcp_disable",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => k.call(drainZone, 0, 0, zoneOfRange(k, f), 0),
    },
    {
      label: "migrate",
      imitates: "do_migrate_range",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => callOnRange(k, f, migrate),
    },
  ];
}

function offlineSteps(isolation: Isolation): MicroStep[] {
  return [
    zoneLockStep("zone_lock", "__offline_isolated_pages", zoneOfRange),
    {
      label: "offline",
      imitates: "__offline_isolated_pages",
      needs: "any",
      cost: "list",
      touches: ISOLATION_COLUMNS,
      run: (k, f) => {
        const [from, to] = rangeOf(f);
        const free = testPagesIsolated(k, findLargeBuddy(k, from), to, "offline");
        if (free) {
          takeOffline(k, from, to);
          countBlocks(k, f, -1);
        }
        k.unlockIrqRestore(zoneLock(zoneOfRange(k, f)));
        if (free) return f.goto("adjust");
        f.set(LOCAL_ROUNDS, f.get(LOCAL_ROUNDS) + 1);
        return f.get(LOCAL_ROUNDS) === ROUNDS_MAX ? f.goto("undo") : f.goto("drain");
      },
    },
    {
      label: "undo",
      imitates: "undo_isolate_page_range",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => callOnRange(k, f, isolation.undo),
    },
    {
      label: "failed",
      imitates: "offline_pages",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.return(0),
    },
    adjustStep(-1),
  ];
}

/**
 * `online_pages`: gives a range that is offline, or was never in use, to the allocator, as movable memory.
 *
 * - **Context**: task that may sleep.
 * - **Shapes, units**: as offline_pages. Answers 1, or 0 where some page of the range is not offline.
 * - **Source**: `online_pages()` in mm/memory_hotplug.c, `__free_pages_core()` in mm/page_alloc.c, v6.12.
 */
export function onlinePages(isolation: Isolation): Program {
  return defineWholeProgram({
    name: "online_pages",
    role: "inner",
    locals: LOCALS,
    steps: [
      {
        label: "check",
        imitates: "online_pages",
        needs: "may-sleep",
        cost: "none",
        touches: PAGE_STATE_COLUMNS,
        run: (k, f) => (isWholeBlocks(k, f) && isOffline(k, f) ? NEXT : f.return(0)),
      },
      zoneLockStep("zone_lock", "__free_pages_core", zoneOfRange),
      {
        label: "online",
        imitates: "online_pages_range",
        needs: "any",
        cost: "list",
        touches: ISOLATION_COLUMNS,
        run: (k, f) => {
          const online = isOffline(k, f);
          if (online) {
            countBlocks(k, f, 1);
            putOnline(k, ...rangeOf(f));
          }
          k.unlockIrqRestore(zoneLock(zoneOfRange(k, f)));
          return online ? NEXT : f.return(0);
        },
      },
      {
        label: "undo",
        imitates: "undo_isolate_page_range",
        needs: "any",
        cost: "none",
        touches: [],
        run: (k, f) => callOnRange(k, f, isolation.undo),
      },
      adjustStep(1),
    ],
  });
}

const ZONE_SETUP_COLUMNS = [
  "zone.managed",
  "zone.wmarkMin",
  "zone.wmarkLow",
  "zone.wmarkHigh",
  "zone.wmarkPromo",
  "zone.boost",
  "zone.lowmemReserve",
  "zone.statThreshold",
  "zone.driftMark",
  "pcp.batch",
  "pcp.highMin",
  "pcp.highMax",
  "pcp.high",
  "pcp.flags",
] as const;

/** Managed pages, and with them the watermarks and the sizes of the per-CPU lists. */
function adjustStep(sign: 1 | -1): MicroStep {
  return {
    label: "adjust",
    imitates: "adjust_managed_page_count",
    needs: "any",
    cost: "none",
    touches: ZONE_SETUP_COLUMNS,
    run: (k, f) => {
      const [from, to] = rangeOf(f);
      const { managed } = k.of(zoneColumns);
      const zone = zoneOfRange(k, f);
      managed.set(zone, managed.get(zone) + sign * (to - from));
      setupZones(k);
      return f.return(1);
    },
  };
}

/** Pageblock by pageblock, as they may come back; what a free block has beyond the range stays on the lists. */
function takeOffline(k: Kernel, from: number, to: number): void {
  for (let pfn = findLargeBuddy(k, from); pfn < to; ) {
    const order = buddyOrder(k, pfn);
    if (order >= 0) isolateFreeBlock(k, pfn);
    const piece = Math.min(order, k.world.geometry.pageblockOrder);
    for (let at = pfn; order >= 0 && at < pfn + (1 << order); at += 1 << piece) {
      if (at >= from && at < to) k.lists.addTail(k.listOf("offline", 0), at, piece);
      else freeOnePage(k, at, piece);
    }
    pfn += 1 << Math.max(order, 0);
  }
}

/** The pageblocks are labelled ISOLATE still: what joins the lists here is not free yet. */
function putOnline(k: Kernel, from: number, to: number): void {
  const offline = k.listOf("offline", 0);
  for (let pfn = from; pfn < to; ) {
    if (outOfUse(k, pfn) !== "offline") {
      pfn++;
      continue;
    }
    const order = k.lists.order(pfn);
    k.lists.remove(offline, pfn);
    freeOnePage(k, pfn, order, "tail");
    pfn += 1 << order;
  }
}

/** Nothing of the range is online, but poisoned pages may have stayed behind. */
function isOffline(k: Kernel, f: Frame): boolean {
  const [from, to] = rangeOf(f);
  let offline = false;
  for (let pfn = from; pfn < to; pfn++) {
    const why = outOfUse(k, pfn);
    if (why !== "offline" && why !== "poisoned") return false;
    offline ||= why === "offline";
  }
  return offline;
}

function countBlocks(k: Kernel, f: Frame, sign: 1 | -1): void {
  const [from, to] = rangeOf(f);
  const { nrIsolateBlocks } = k.of(zoneColumns);
  const zone = zoneOfRange(k, f);
  nrIsolateBlocks.set(zone, nrIsolateBlocks.get(zone) + sign * ((to - from) >> k.world.geometry.pageblockOrder));
}

function isWholeBlocks(k: Kernel, f: Frame): boolean {
  const [from, to] = rangeOf(f);
  const size = 1 << k.world.geometry.pageblockOrder;
  return isInOneZone(k, f) && from % size === 0 && to % size === 0;
}

function rangeOf(f: Frame): [number, number] {
  return [f.get(LOCAL_RANGE_START) - 1, f.get(LOCAL_RANGE_END) - 1];
}
