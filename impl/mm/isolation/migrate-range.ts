import { migratetypeOf } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { ASKED_SENSITIVE, USE_KERNEL } from "../../../model/ledger.ts";
import { LOCAL_RESULT, type MicroStep, type Program } from "../../../model/program.ts";
import { canMigrate, migrateFolio } from "../compaction/migrate.ts";
import { MIGRATE_MOVABLE } from "../freetype.ts";
import { isLruPage, isolateMovable, lruFlags, lruIsolate, PG_LRU } from "../reclaim/lru.ts";
import { lruAddDrainAll } from "../reclaim/lru-calls.ts";
import { LRU_COLUMNS } from "../reclaim/lru-columns.ts";
import { LIST_COLUMNS } from "../touches.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { LOCAL_RANGE_END, LOCAL_RANGE_START } from "./isolation.ts";
import { allocatedHeadOf, PAGE_STATE_COLUMNS } from "./page-state.ts";

const LOCAL_AT = 4;
const LOCAL_FROM = 5;
const LOCAL_ORDER = 6;
const LOCAL_STAYED = 7;

const ALL_MOVED = 1;
const SOME_STAYED = 0;
const NO_MEMORY = 2;

/**
 * Moves every movable block that lies in or reaches into a range elsewhere; targets come from the ordinary allocator.
 *
 * The target is there before the source is touched, so that the allocation may itself reclaim and compact; then one step, under
 * the page lock, checks that the source can still be moved and moves it.
 *
 * - **Context**: task that may sleep; not from within an allocation.
 * - **Shapes, units**: local 2 the link of the page behind the range, local 3 of its first. Answers 1 when all has moved, 0 when
 *   a pinned page or somebody's kernel memory stayed, 2 when memory ran out.
 * - **Leaves out**: clean page cache, which the kernel drops instead of moving it; four more tries at what cannot be moved.
 * - **Source**: `__alloc_contig_migrate_range()` in mm/page_alloc.c, `migrate_folio_move()` in mm/migrate.c, v6.12.
 */
export function migrateRange(alloc: Program, free: Program): Program {
  return defineWholeProgram({
    name: "migrate_range",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "unused", sort: "count" },
      { name: "end", sort: "pfn", link: true },
      { name: "start", sort: "pfn", link: true },
      { name: "at", sort: "pfn", link: true },
      { name: "from", sort: "pfn", link: true },
      { name: "order", sort: "order" },
      { name: "stayed", sort: "bool" },
    ],
    steps: [drainStep(), findStep(alloc), ...moveSteps(free)],
  });
}

/** Pages on their way to an LRU list could not be moved. */
function drainStep(): MicroStep {
  return {
    label: "lru_drain",
    imitates: "lru_cache_disable",
    needs: "may-sleep",
    cost: "none",
    touches: [],
    run: (k) => k.call(lruAddDrainAll),
  };
}

function findStep(alloc: Program): MicroStep {
  return {
    label: "find",
    imitates: "isolate_migratepages_range",
    needs: "may-sleep",
    cost: "none",
    touches: [...PAGE_STATE_COLUMNS, ...LRU_COLUMNS, "ledger.asked"],
    run: (k, f) => {
      let at = Math.max(f.get(LOCAL_AT), f.get(LOCAL_RANGE_START)) - 1;
      for (; at < f.get(LOCAL_RANGE_END) - 1; at++) {
        const head = allocatedHeadOf(k, at);
        if (head < 0) continue;
        f.set(LOCAL_AT, Math.min(head + (1 << k.ledger.order(head)), k.world.pages) + 1);
        if (!isMovable(k, head)) {
          f.set(LOCAL_STAYED, 1);
          return f.goto("find");
        }
        const request = requestLike(k, head);
        if (request < 0) return f.return(NO_MEMORY);
        f.set(LOCAL_FROM, head + 1);
        f.set(LOCAL_ORDER, k.ledger.order(head));
        return k.call(alloc, 0, request, k.ledger.order(head), 0);
      }
      return f.return(f.get(LOCAL_STAYED) === 1 ? SOME_STAYED : ALL_MOVED);
    },
  };
}

function moveSteps(free: Program): MicroStep[] {
  return [
    {
      label: "move",
      imitates: "migrate_folio_move",
      needs: "any",
      cost: "none",
      touches: [...LRU_COLUMNS, ...LIST_COLUMNS, "ledger.asked", "ledger.use", "hw.tag"],
      run: (k, f) => {
        const to = f.get(LOCAL_RESULT) - 1;
        if (to < 0) return f.return(NO_MEMORY);
        const from = f.get(LOCAL_FROM) - 1;
        const moved = k.ledger.order(from) === f.get(LOCAL_ORDER) && isMovable(k, from);
        if (moved) move(k, from, to);
        else f.set(LOCAL_AT, f.get(LOCAL_FROM));
        // The frame that holds nothing any more: the source, or the target of a block that has been freed meanwhile.
        return k.call(free, 0, 0, f.get(LOCAL_ORDER), (moved ? from : to) + 1);
      },
    },
    {
      label: "moved",
      imitates: "migrate_folio_done",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("find"),
    },
  ];
}

function move(k: Kernel, from: number, to: number): void {
  if ((lruFlags(k, from) & PG_LRU) !== 0) lruIsolate(k, from, k.ledger.order(from));
  else isolateMovable(k, from);
  migrateFolio(k, from, to);
}

/** On an LRU list, or on none and movable by its owner; in nobody's hand, not pinned, not being written. */
function isMovable(k: Kernel, head: number): boolean {
  if (k.ledger.use(head) === USE_KERNEL || !canMigrate(k, head)) return false;
  const flags = lruFlags(k, head);
  return isLruPage(k, head) ? (flags & PG_LRU) !== 0 : flags === 0;
}

/** A request whose memory may hold the same content: as secret as the source's, and movable where there is one. */
function requestLike(k: Kernel, head: number): number {
  const secret = k.ledger.asked(head) === ASKED_SENSITIVE;
  let found = -1;
  for (let at = 0; at < k.world.requests.length; at++) {
    const request = k.world.requests[at];
    if (request === undefined || request.secret !== secret) continue;
    if (migratetypeOf(request.gfp) === MIGRATE_MOVABLE) return at;
    if (found < 0) found = at;
  }
  return found;
}
