import type { Column } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type MicroStep, NEXT, type Program, YIELD } from "../../../model/program.ts";
import { VM } from "../../../model/vm-events.ts";
import { acRow } from "../columns.ts";
import { compactGap, compactionAllowed, compactionSuitable, SUITABLE_COLUMNS } from "../compaction/suitable.ts";
import { countEvent } from "../vm-count.ts";
import { minWmark, WATERMARK_COLUMNS, zoneWatermarkOk } from "../watermark.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { zoneIndex, zoneOfPage } from "../zones.ts";
import {
  PGDAT_COLUMNS,
  pgdatColumns,
  SC_COLUMNS,
  SC_DEACTIVATE_ANON,
  SC_DEACTIVATE_FILE,
  SC_KSWAPD,
  SC_RECLAIMABLE,
  SC_SKIPPED_DEACTIVATE,
  scColumns,
} from "./columns.ts";
import {
  canReclaimAnon,
  isAnon,
  LRU_ACTIVE_FILE,
  LRU_INACTIVE_ANON,
  LRU_INACTIVE_FILE,
  lruBefore,
  lruFlags,
  lruIsolate,
  lruIsolated,
  lruPutback,
  lruSize,
  lruTail,
  lruUnisolate,
  PG_ACTIVE,
  PG_REFERENCED,
  setLruFlags,
} from "./lru.ts";
import { LRU_COLUMNS, lruColumns } from "./lru-columns.ts";
import { getScanCount, inactiveIsLow, zonesOfNode } from "./scan-count.ts";
import { shrinkFolio } from "./shrink-page.ts";

/** Pages that are taken off a list under one hold of its lock. */
export const SWAP_CLUSTER_MAX = 32;

/** Columns that taking a page from its owner writes. */
const SEIZE_COLUMNS = ["ledger.order", "ledger.asked", "ledger.use", "list.place", "list.placed", "hw.tag"] as const;

/**
 * `shrink_node`: scans the lists of the node in `sc.node`, a cluster at a time, and frees what nobody has used lately.
 *
 *     counts per list ─▶ { isolate 32 from a tail ─▶ page by page: keep, activate, write, free } round the lists ─▶ again?
 *
 * - **Context**: task or kswapd, may sleep; PF_MEMALLOC is set. The lru lock is held within a step, no lock between steps.
 * - **Shapes, units**: its parameters and its result are the row of `sc` of this level.
 * - **Leaves out**: slab shrinkers, the scaling of the other lists once enough has been reclaimed (the scan ends there).
 * - **Source**: `shrink_node()`, `shrink_lruvec()`, `shrink_inactive_list()`, `shrink_active_list()` in mm/vmscan.c.
 */
export function shrinkNode(free: Program): Program {
  return defineWholeProgram({
    name: "shrink_node",
    role: "inner",
    locals: [{ name: "result", sort: "count" }],
    steps: [countStep, isolateStep, pageStep(free), freedStep, batchEndStep, ageStep, againStep],
  });
}

const countStep: MicroStep = {
  label: "get_scan_count",
  imitates: "prepare_scan_control",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, ...LRU_COLUMNS, ...WATERMARK_COLUMNS, "zone.managed"],
  run: (k) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    c.reclaimedBefore.set(row, c.reclaimed.get(row));
    for (const column of [c.taken, c.fileTaken, c.unqueuedDirty, c.writeback, c.list]) column.set(row, 0);
    getScanCount(k, c.node.get(row));
    return NEXT;
  },
};

const isolateStep: MicroStep = {
  label: "shrink_list",
  imitates: "isolate_lru_folios",
  needs: "may-sleep",
  cost: "lock",
  touches: [...SC_COLUMNS, ...LRU_COLUMNS],
  run: (k, f) => {
    const list = nextList(k);
    if (list < 0) return f.goto("age_active_anon");
    if (list === LRU_INACTIVE_ANON || list === LRU_INACTIVE_FILE) {
      isolateInactive(k, list);
      return NEXT;
    }
    shrinkActive(k, list);
    return f.goto("shrink_list");
  },
};

function pageStep(free: Program): MicroStep {
  return {
    label: "shrink_folio_list",
    imitates: "shrink_folio_list",
    needs: "may-sleep",
    cost: "list",
    touches: [...SC_COLUMNS, ...LRU_COLUMNS, ...SEIZE_COLUMNS, "pgdat.dirty"],
    run: (k, f) => {
      const c = k.of(scColumns);
      const head = lruIsolated(k);
      if (head < 0) return f.goto("end_of_batch");
      const order = k.ledger.order(head);
      if (order < 0) {
        lruUnisolate(k, head);
        return f.goto("shrink_folio_list");
      }
      const anon = isAnon(lruFlags(k, head));
      if (!shrinkFolio(k, head, order)) return f.goto("shrink_folio_list");
      const row = acRow(k);
      c.reclaimed.set(row, c.reclaimed.get(row) + (1 << order));
      countEvent(k, (c.flags.get(row) & SC_KSWAPD) === 0 ? VM.pgsteal_direct : VM.pgsteal_kswapd, 1 << order);
      countEvent(k, anon ? VM.pgsteal_anon : VM.pgsteal_file, 1 << order);
      return k.call(free, 0, 0, order, head + 1);
    },
  };
}

const freedStep: MicroStep = {
  label: "freed",
  imitates: "free_unref_folios",
  needs: "any",
  cost: "none",
  touches: [],
  run: (_k, f) => {
    f.set(0, 0);
    return f.goto("shrink_folio_list");
  },
};

const batchEndStep: MicroStep = {
  label: "end_of_batch",
  imitates: "shrink_inactive_list",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, "lru.flushWanted"],
  run: (k, f) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    const dirty = c.batchUnqueuedDirty.get(row);
    if (dirty > 0 && dirty === c.batchTaken.get(row)) k.of(lruColumns).flushWanted.set(c.node.get(row), 1);
    c.batchTaken.set(row, 0);
    c.batchUnqueuedDirty.set(row, 0);
    return f.goto("shrink_list");
  },
};

const ageStep: MicroStep = {
  label: "age_active_anon",
  imitates: "shrink_lruvec",
  needs: "may-sleep",
  cost: "lock",
  touches: [...SC_COLUMNS, ...LRU_COLUMNS, ...PGDAT_COLUMNS],
  run: (k) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    const node = c.node.get(row);
    if (canReclaimAnon(k) && inactiveIsLow(k, node, LRU_INACTIVE_ANON))
      deactivate(k, node, LRU_INACTIVE_ANON + 1, SWAP_CLUSTER_MAX);
    if (c.reclaimed.get(row) > c.reclaimedBefore.get(row)) c.flags.set(row, c.flags.get(row) | SC_RECLAIMABLE);
    if ((c.flags.get(row) & SC_KSWAPD) !== 0) noteState(k, node);
    return YIELD;
  },
};

const againStep: MicroStep = {
  label: "should_continue_reclaim",
  imitates: "should_continue_reclaim",
  needs: "any",
  cost: "none",
  touches: [...SC_COLUMNS, "pgdat.kswapdFailures", ...LRU_COLUMNS, ...SUITABLE_COLUMNS, "zone.managed"],
  run: (k, f) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    if (shouldContinue(k)) return f.goto("get_scan_count");
    if ((c.flags.get(row) & SC_RECLAIMABLE) !== 0) k.of(pgdatColumns).kswapdFailures.set(c.node.get(row), 0);
    c.flags.set(row, c.flags.get(row) & ~SC_RECLAIMABLE);
    return f.return(0);
  },
};

/**
 * The list whose turn it is, or -1 when the scan is over: nothing left to scan but active anonymous pages, or a round is over
 * and enough has been reclaimed (direct reclaim's first, shallowest round goes on all the same).
 */
function nextList(k: Kernel): number {
  const c = k.of(scColumns);
  const row = acRow(k);
  for (;;) {
    const list = c.list.get(row);
    if (list > LRU_ACTIVE_FILE) {
      c.list.set(row, 0);
      const left = c.nrInactiveAnon.get(row) + c.nrInactiveFile.get(row) + c.nrActiveFile.get(row);
      const proportional = (c.flags.get(row) & SC_KSWAPD) === 0 && c.priority.get(row) === 12;
      // What other rounds or nodes have yielded does not count here.
      const reclaimed = c.reclaimed.get(row) - c.reclaimedBefore.get(row);
      if (left === 0 || (reclaimed >= c.toReclaim.get(row) && !proportional)) return -1;
      continue;
    }
    c.list.set(row, list + 1);
    if (remaining(k, list).get(row) > 0) return list;
  }
}

function remaining(k: Kernel, list: number): Column {
  const c = k.of(scColumns);
  if (list === LRU_INACTIVE_ANON) return c.nrInactiveAnon;
  if (list === LRU_INACTIVE_FILE) return c.nrInactiveFile;
  return list === LRU_ACTIVE_FILE ? c.nrActiveFile : c.nrActiveAnon;
}

/** Takes what is left to scan of this cluster, up to the cluster's size. */
function spendCluster(k: Kernel, list: number): number {
  const left = remaining(k, list);
  const row = acRow(k);
  const scan = Math.min(left.get(row), SWAP_CLUSTER_MAX);
  left.set(row, left.get(row) - scan);
  return scan;
}

function isolateInactive(k: Kernel, list: number): void {
  const c = k.of(scColumns);
  const row = acRow(k);
  const file = list === LRU_INACTIVE_FILE;
  const taken = isolateFromTail(k, c.node.get(row), list, spendCluster(k, list));
  c.batchTaken.set(row, taken);
  c.taken.set(row, c.taken.get(row) + taken);
  if (file) c.fileTaken.set(row, c.fileTaken.get(row) + taken);
  countEvent(k, (c.flags.get(row) & SC_KSWAPD) === 0 ? VM.pgscan_direct : VM.pgscan_kswapd, taken);
  countEvent(k, file ? VM.pgscan_file : VM.pgscan_anon, taken);
}

/** An active list is aged only where the inactive one runs short. */
function shrinkActive(k: Kernel, list: number): void {
  const c = k.of(scColumns);
  const row = acRow(k);
  const scan = spendCluster(k, list);
  const may = list === LRU_ACTIVE_FILE ? SC_DEACTIVATE_FILE : SC_DEACTIVATE_ANON;
  if ((c.flags.get(row) & may) === 0) c.flags.set(row, c.flags.get(row) | SC_SKIPPED_DEACTIVATE);
  else deactivate(k, c.node.get(row), list, scan);
}

/** Pages in zones above the request's go back to the other end of the list; those that are being freed stay where they are. */
function isolateFromTail(k: Kernel, node: number, list: number, scan: number): number {
  const highest = k.of(scColumns).reclaimIdx.get(acRow(k));
  let taken = 0;
  let skips = lruSize(k, node, list);
  for (let head = lruTail(k, node, list); head >= 0 && taken < scan && skips > 0; ) {
    const before = lruBefore(k, head);
    const order = k.ledger.order(head);
    if (order >= 0) lruIsolate(k, head, order);
    if (order < 0) skips--;
    else if (zoneIndex(k, zoneOfPage(k, head)) <= highest) taken += 1 << order;
    else {
      lruPutback(k, head, order);
      skips -= 1 << order;
    }
    head = before;
  }
  return taken;
}

function deactivate(k: Kernel, node: number, list: number, scan: number): void {
  const taken = isolateFromTail(k, node, list, scan);
  countEvent(k, VM.pgrefill, taken);
  for (let head = lruIsolated(k); head >= 0; head = lruIsolated(k)) {
    const order = k.ledger.order(head);
    setLruFlags(k, head, 0, PG_ACTIVE | PG_REFERENCED);
    lruPutback(k, head, order);
    countEvent(k, VM.pgdeactivate, 1 << order);
  }
}

/** What kswapd tells the others about its node. **Source**: the tail of `shrink_node()`. */
function noteState(k: Kernel, node: number): void {
  const c = k.of(scColumns);
  const row = acRow(k);
  const pgdat = k.of(pgdatColumns);
  if (c.writeback.get(row) > 0 && c.writeback.get(row) === c.taken.get(row)) pgdat.writeback.set(node, 1);
  if (c.unqueuedDirty.get(row) === c.fileTaken.get(row)) pgdat.dirty.set(node, 1);
}

/** Reclaim for a high order goes on until compaction has room to work in. */
function shouldContinue(k: Kernel): boolean {
  const c = k.of(scColumns);
  const row = acRow(k);
  const order = c.order.get(row);
  const costly = order > k.world.geometry.costlyOrder;
  if (order === 0 || !compactionAllowed(c.gfp.get(row)) || (!costly && c.priority.get(row) >= 10)) return false;
  if (c.reclaimed.get(row) === c.reclaimedBefore.get(row)) return false;
  const node = c.node.get(row);
  const highest = c.reclaimIdx.get(row);
  for (const zone of zonesOfNode(k, node, highest)) {
    if (zoneWatermarkOk(k, zone, order, minWmark(k, zone), highest, 0)) return false;
    if (compactionSuitable(k, zone, order, highest)) return false;
  }
  const inactive = lruSize(k, node, LRU_INACTIVE_FILE) + (canReclaimAnon(k) ? lruSize(k, node, LRU_INACTIVE_ANON) : 0);
  return inactive > compactGap(order);
}
