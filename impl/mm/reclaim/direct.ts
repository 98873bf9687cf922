import type { Kernel } from "../../../model/kernel.ts";
import { BLOCKED, type MicroStep, NEXT, type Program, YIELD } from "../../../model/program.ts";
import { ALLOCSTALL } from "../../../model/vm-events.ts";
import { acColumns, acRow, mmColumns } from "../columns.ts";
import { compactGap, compactionAllowed, compactionSuitable, SUITABLE_COLUMNS } from "../compaction/suitable.ts";
import { layoutOf } from "../mm-layout.ts";
import { AC_COLUMNS } from "../touches.ts";
import { countEvent } from "../vm-count.ts";
import { highWmark, minWmark, zoneWatermarkOk, zoneWatermarkOkSafe } from "../watermark.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { nextZoneref, zonelistOf } from "../zonelist.ts";
import { ZONE_NORMAL } from "../zones.ts";
import {
  PGDAT_COLUMNS,
  pgdatColumns,
  SC_COLUMNS,
  SC_COMPACTION_READY,
  SC_FORCE_DEACTIVATE,
  SC_FULL_WALK,
  SC_MAY_SWAP,
  SC_MAY_WRITEPAGE,
  SC_SKIPPED_DEACTIVATE,
  scColumns,
} from "./columns.ts";
import { DEF_PRIORITY, MAX_RECLAIM_RETRIES } from "./limits.ts";
import { zoneReclaimablePages } from "./lru.ts";
import { LRU_COLUMNS, lruColumns } from "./lru-columns.ts";
import { zonesOfNode } from "./scan-count.ts";
import { SWAP_CLUSTER_MAX } from "./shrink-node.ts";

const LOCAL_ORDER = 2;

/**
 * `try_to_free_pages`: direct reclaim, over the nodes of the request's zonelist, harder at each priority until a cluster has
 * been freed. Answers 1 when it has freed anything, or has stopped because compaction can take over.
 *
 * Where nothing could be freed because everything is being written, it waits until the device is done.
 *
 * - **Context**: task that may sleep; the caller has set PF_MEMALLOC.
 * - **Shapes, units**: local 2 the order; the request is the level's alloc_context. Pages freed are left in `ac.reclaimed`.
 * - **Leaves out**: memory cgroups; the waits' time-outs (they end when writes end); waiting for kswapd is one yield.
 * - **Source**: `try_to_free_pages()`, `do_try_to_free_pages()`, `shrink_zones()` in mm/vmscan.c.
 */
export function tryToFreePages(shrinkNode: Program): Program {
  return defineWholeProgram({
    name: "try_to_free_pages",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "unused", sort: "count" },
      { name: "order", sort: "order" },
    ],
    steps: [throttleStep, beginStep, zonesStep(shrinkNode), shrunkStep, priorityStep, ...waitSteps, doneStep],
  });
}

const throttleStep: MicroStep = {
  label: "throttle_direct_reclaim",
  imitates: "throttle_direct_reclaim",
  needs: "may-sleep",
  cost: "none",
  touches: [...AC_COLUMNS, ...LRU_COLUMNS, ...PGDAT_COLUMNS, ...SUITABLE_COLUMNS, "zone.managed"],
  run: (k) => {
    const node = k.of(acColumns).node.get(acRow(k));
    if (allowDirectReclaim(k, node)) return NEXT;
    k.of(pgdatColumns).kswapdWanted.set(node, 1);
    return YIELD;
  },
};

const beginStep: MicroStep = {
  label: "begin",
  imitates: "do_try_to_free_pages",
  needs: "may-sleep",
  cost: "none",
  touches: [...AC_COLUMNS, ...SC_COLUMNS],
  run: (k, f) => {
    const c = k.of(scColumns);
    const ac = k.of(acColumns);
    const row = acRow(k);
    c.order.set(row, f.get(LOCAL_ORDER));
    c.gfp.set(row, ac.gfp.get(row) >>> 0);
    c.reclaimIdx.set(row, ac.highestZone.get(row));
    c.toReclaim.set(row, SWAP_CLUSTER_MAX);
    c.flags.set(row, SC_MAY_WRITEPAGE | SC_MAY_SWAP);
    startPass(k);
    return NEXT;
  },
};

function zonesStep(shrinkNode: Program): MicroStep {
  return {
    label: "shrink_zones",
    imitates: "shrink_zones",
    needs: "may-sleep",
    cost: "none",
    touches: [...AC_COLUMNS, ...SC_COLUMNS, ...SUITABLE_COLUMNS],
    run: (k, f) => {
      const node = nextNode(k);
      if (node < 0) return f.goto("priority");
      k.of(scColumns).node.set(acRow(k), node);
      return k.call(shrinkNode);
    },
  };
}

const shrunkStep: MicroStep = {
  label: "shrunk",
  imitates: "shrink_zones",
  needs: "any",
  cost: "none",
  touches: [],
  run: (_k, f) => f.goto("shrink_zones"),
};

const priorityStep: MicroStep = {
  label: "priority",
  imitates: "do_try_to_free_pages",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, ...LRU_COLUMNS, "lru.flushWanted"],
  run: (k, f) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    if (c.reclaimed.get(row) >= c.toReclaim.get(row)) return f.goto("done");
    if ((c.flags.get(row) & SC_COMPACTION_READY) !== 0) return f.goto("done");
    if (c.priority.get(row) === 0) return startAnotherPass(k) ? f.goto("shrink_zones") : f.goto("done");
    c.priority.set(row, c.priority.get(row) - 1);
    c.zoneref.set(row, 0);
    c.nodesDone.set(row, 0);
    // The kernel's pass at priority 0 comes without a wait before it, as this one.
    const stuck = c.reclaimed.get(row) === 0 && c.priority.get(row) === 0;
    return stuck && askForWrites(k) ? NEXT : f.goto("shrink_zones");
  },
};

/** Sleep, and let the flusher and the device work; what they have cleaned is found at the tails of the lists. */
const waitSteps: readonly MicroStep[] = [
  {
    label: "throttle",
    imitates: "reclaim_throttle",
    needs: "may-sleep",
    cost: "wait",
    touches: [],
    run: () => YIELD,
  },
  {
    label: "wait_for_writes",
    imitates: "reclaim_throttle",
    needs: "may-sleep",
    cost: "wait",
    touches: ["lru.writeback", "lru.flushWanted"],
    run: (k, f) => (writesPending(k) ? BLOCKED : f.goto("shrink_zones")),
  },
];

const doneStep: MicroStep = {
  label: "done",
  imitates: "try_to_free_pages",
  needs: "any",
  cost: "none",
  touches: [...AC_COLUMNS, ...SC_COLUMNS, "ac.reclaimed"],
  run: (k, f) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    const reclaimed = c.reclaimed.get(row);
    const ready = (c.flags.get(row) & SC_COMPACTION_READY) !== 0;
    k.of(acColumns).reclaimed.set(row, reclaimed);
    k.tracepoints.directReclaim?.(c.order.get(row), reclaimed);
    clearScanControl(k);
    return f.return(reclaimed > 0 || ready ? 1 : 0);
  },
};

/** Equal situations are equal states: nothing is left of a reclaim that is over. */
export function clearScanControl(k: Kernel): void {
  for (const column of Object.values(k.of(scColumns))) column.set(acRow(k), 0);
}

/** kswapd cannot keep up and the reserve is half gone: wait for it. **Source**: `allow_direct_reclaim()`. */
export function allowDirectReclaim(k: Kernel, node: number): boolean {
  if (k.of(pgdatColumns).kswapdFailures.get(node) >= MAX_RECLAIM_RETRIES) return true;
  let reserve = 0;
  let free = 0;
  for (const zone of zonesOfNode(k, node, ZONE_NORMAL)) {
    if (zoneReclaimablePages(k, zone) === 0) continue;
    reserve += minWmark(k, zone);
    free += k.of(mmColumns).nrFree.get(zone);
  }
  return reserve === 0 || free > reserve >> 1;
}

/** Dirty page cache does not stay for ever: the flusher comes round, at the latest when reclaim sleeps. */
function askForWrites(k: Kernel): boolean {
  const c = k.of(lruColumns);
  for (let node = 0; node < k.world.nodes; node++) if (c.dirty.get(node) > 0) c.flushWanted.set(node, 1);
  return writesPending(k);
}

function writesPending(k: Kernel): boolean {
  const c = k.of(lruColumns);
  for (let node = 0; node < k.world.nodes; node++)
    if (c.writeback.get(node) > 0 || c.flushWanted.get(node) === 1) return true;
  return false;
}

function startPass(k: Kernel): void {
  const c = k.of(scColumns);
  const row = acRow(k);
  c.priority.set(row, DEF_PRIORITY);
  c.zoneref.set(row, 0);
  c.nodesDone.set(row, 0);
  countEvent(k, ALLOCSTALL + c.reclaimIdx.get(row));
}

/** Nothing at all was freed: once more, in 6.12 over everything, then with active lists aged by force. */
function startAnotherPass(k: Kernel): boolean {
  const c = k.of(scColumns);
  const row = acRow(k);
  if (c.reclaimed.get(row) > 0) return false;
  const flags = c.flags.get(row);
  if ((flags & SC_FULL_WALK) === 0 && !layoutOf(k.world).v61) c.flags.set(row, flags | SC_FULL_WALK);
  else if ((flags & SC_SKIPPED_DEACTIVATE) !== 0 && (flags & SC_FORCE_DEACTIVATE) === 0)
    c.flags.set(row, (flags & ~SC_SKIPPED_DEACTIVATE) | SC_FORCE_DEACTIVATE);
  else return false;
  startPass(k);
  return true;
}

/** The next node of the zonelist that has not been shrunk at this priority; zones ready for compaction are left alone. */
function nextNode(k: Kernel): number {
  const c = k.of(scColumns);
  const ac = k.of(acColumns);
  const row = acRow(k);
  const zonelist = zonelistOf(k, ac.node.get(row), ac.gfp.get(row));
  const highest = c.reclaimIdx.get(row);
  for (;;) {
    const at = nextZoneref(k, zonelist, c.zoneref.get(row), highest);
    if (at >= zonelist.length) return -1;
    c.zoneref.set(row, at + 1);
    const zone = zonelist[at] as number;
    const node = k.world.zones[zone]?.node ?? 0;
    if (c.order.get(row) > k.world.geometry.costlyOrder && compactionReady(k, zone)) {
      c.flags.set(row, c.flags.get(row) | SC_COMPACTION_READY);
      continue;
    }
    if (((c.nodesDone.get(row) >> node) & 1) !== 0) continue;
    c.nodesDone.set(row, c.nodesDone.get(row) | (1 << node));
    return node;
  }
}

/** Enough is free for compaction, with a buffer. **Source**: `compaction_ready()`. */
function compactionReady(k: Kernel, zone: number): boolean {
  const c = k.of(scColumns);
  const row = acRow(k);
  const order = c.order.get(row);
  const highest = c.reclaimIdx.get(row);
  if (!compactionAllowed(c.gfp.get(row))) return false;
  if (zoneWatermarkOk(k, zone, order, minWmark(k, zone), highest, 0)) return true;
  if (!compactionSuitable(k, zone, order, highest)) return false;
  return zoneWatermarkOkSafe(k, zone, 0, highWmark(k, zone) + compactGap(order), highest);
}
