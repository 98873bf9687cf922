import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type MicroStep, NEXT, type Outcome, type Program } from "../../../model/program.ts";
import { VM } from "../../../model/vm-events.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { acRow, zoneLock } from "../columns.ts";
import { drainPages } from "../drain-pages.ts";
import { layoutOf } from "../mm-layout.ts";
import { batchDrain, lruPutback } from "../reclaim/lru.ts";
import { LRU_COLUMNS } from "../reclaim/lru-columns.ts";
import { BUDDY_COLUMNS, LIST_COLUMNS } from "../touches.ts";
import { countEvent } from "../vm-count.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { CAPTURE_COLUMNS, capturedList } from "./capture.ts";
import {
  CC_COLUMNS,
  CC_DIRECT,
  CC_FINISH_PAGEBLOCK,
  CC_IGNORE_SKIP,
  CC_UPDATE_CACHED,
  COMPACT_COLUMNS,
  COMPACT_CONTENDED,
  COMPACT_CONTINUE,
  COMPACT_SUCCESS,
  ccColumns,
  compactColumns,
  MIGRATE_SYNC,
} from "./columns.ts";
import { compactFinished, prepareScanners } from "./finish.ts";
import {
  findTargetBlock,
  isolateFreepages,
  releaseCompactionPage,
  scannersMet,
  takeCompactionPage,
} from "./free-scanner.ts";
import { canMigrate, MOVE_COLUMNS, migrateFolio, migrationFailed } from "./migrate.ts";
import { findSourceBlock, isolateMigratepages, nextToMigrate, passBlock, putbackAll } from "./migrate-scanner.ts";
import { blockStart, isBlockAligned, zoneStartOf } from "./positions.ts";
import { SUITABLE_COLUMNS } from "./suitable.ts";

const LOCAL_FROM_START = 1;
const LOCAL_SKIP_SEEN = 2;
/** The free scanner has been asked for a target for the page at hand, and had none. */
const LOCAL_SEARCHED = 3;

const zoneOf = (k: Kernel): number => k.of(ccColumns).zone.get(acRow(k));

/**
 * `compact_zone`: makes a block of the order wanted out of the free pages of a zone, by moving movable pages from its beginning
 * into free pages at its end.
 *
 *     0 ───────▶ migrate scanner                        free scanner ◀─────── end
 *       isolate movable pages ─▶ move each into a free page ─▶ free the old frame (merges, may be captured)
 *
 * - **Context**: task or kernel thread, may sleep; no lock is held between steps, but the zone lock over its own two.
 * - **Shapes, units**: parameters and result (`cc.status`) are the row of `cc` of this level.
 * - **Leaves out**: giving up on lock contention; that 6.1 looks for blocks to drain from where a round began, not from the
 *   pageblock that it last moved from (docs/modelling.md has the rest).
 * - **Source**: `compact_zone()` in mm/compaction.c, v6.12; v6.1 keeps single pages only on its lists, and leaves a block in
 *   which a page stayed where v6.12 scans its pageblock to the end.
 */
export function compactZone(free: Program): Program {
  return defineWholeProgram({
    name: "compact_zone",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "from_start", sort: "bool" },
      { name: "skip_seen", sort: "bool" },
      { name: "searched", sort: "bool" },
    ],
    steps: [...beginSteps, ...isolateSteps, ...migrateSteps(free), ...targetSteps, ...afterSteps, ...endSteps(free)],
  });
}

const beginSteps: readonly MicroStep[] = [
  {
    label: "begin",
    imitates: "compact_zone",
    needs: "may-sleep",
    cost: "none",
    touches: [...CC_COLUMNS, ...COMPACT_COLUMNS, ...SUITABLE_COLUMNS, "mm.buddy", "lru.flags"],
    run: (k, f) => (prepareScanners(k) ? NEXT : f.goto("end")),
  },
  {
    label: "lru_add_drain",
    imitates: "lru_add_drain",
    needs: "may-sleep",
    cost: "lock",
    touches: [...LRU_COLUMNS],
    run: (k) => {
      batchDrain(k, k.cpu);
      return NEXT;
    },
  },
  {
    label: "compact_finished",
    imitates: "compact_finished",
    needs: "may-sleep",
    cost: "none",
    touches: [...CC_COLUMNS, ...COMPACT_COLUMNS, "list.first"],
    run: (k, f) => {
      const cc = k.of(ccColumns);
      const row = acRow(k);
      const status = compactFinished(k);
      cc.status.set(row, status);
      if (status !== COMPACT_CONTINUE) return f.goto("release");
      const at = blockStart(k, cc.migratePfn.get(row) - 1);
      const last = cc.lastMigrated.get(row) - 1;
      setFlag(k, CC_FINISH_PAGEBLOCK, last >= 0 && blockStart(k, last) === at);
      return NEXT;
    },
  },
];

const isolateSteps: readonly MicroStep[] = [
  {
    label: "isolate_migratepages",
    imitates: "isolate_migratepages",
    needs: "may-sleep",
    cost: "none",
    touches: [...CC_COLUMNS, ...COMPACT_COLUMNS, "mm.blockType"],
    run: (k, f) => {
      if (!findSourceBlock(k)) return nothingToMove(k, f);
      const at = k.of(ccColumns).migratePfn.get(acRow(k)) - 1;
      f.set(LOCAL_FROM_START, isBlockAligned(k, at) || at === zoneStartOf(k, zoneOf(k)) ? 1 : 0);
      f.set(LOCAL_SKIP_SEEN, 0);
      return NEXT;
    },
  },
  {
    label: "isolate_migratepages_block",
    imitates: "isolate_migratepages_block",
    needs: "may-sleep",
    cost: "lock",
    touches: [...CC_COLUMNS, ...COMPACT_COLUMNS, ...LRU_COLUMNS, "mm.buddy"],
    run: (k, f) => {
      const cc = k.of(ccColumns);
      const row = acRow(k);
      const scan = { fromStart: f.get(LOCAL_FROM_START) === 1, skipSeen: f.get(LOCAL_SKIP_SEEN) === 1 };
      const answer = isolateMigratepages(k, scan);
      f.set(LOCAL_SKIP_SEEN, scan.skipSeen ? 1 : 0);
      if (answer === "more") return f.goto("isolate_migratepages_block");
      if (cc.held.get(row) === 0) return nothingToMove(k, f);
      setFlag(k, CC_UPDATE_CACHED, false);
      const behind = Math.max(cc.migratePfn.get(row) - 2, 0);
      cc.lastMigrated.set(row, Math.max(zoneStartOf(k, zoneOf(k)), blockStart(k, behind)) + 1);
      return NEXT;
    },
  },
];

function migrateSteps(free: Program): readonly MicroStep[] {
  return [
    {
      label: "migrate",
      imitates: "migrate_pages_batch",
      needs: "may-sleep",
      cost: "list",
      touches: [...CC_COLUMNS, ...LRU_COLUMNS, ...MOVE_COLUMNS, ...LIST_COLUMNS],
      run: (k, f) => {
        const from = nextToMigrate(k);
        if (from < 0) return f.goto("migrated");
        const order = k.ledger.order(from);
        if (!canMigrate(k, from)) return stays(k, f, from, order);
        const to = takeCompactionPage(k, order);
        if (to < 0) return f.goto(f.get(LOCAL_SEARCHED) === 0 ? "find_target" : "no_target");
        f.set(LOCAL_SEARCHED, 0);
        migrateFolio(k, from, to);
        const { held } = k.of(ccColumns);
        held.set(acRow(k), Math.max(held.get(acRow(k)) - (1 << order), 0));
        return k.call(free, 0, 0, order, from + 1);
      },
    },
    {
      label: "freed_source",
      imitates: "migrate_folio_done",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("migrate"),
    },
  ];
}

const targetSteps: readonly MicroStep[] = [
  {
    label: "find_target",
    imitates: "isolate_freepages",
    needs: "may-sleep",
    cost: "none",
    touches: [...CC_COLUMNS, ...COMPACT_COLUMNS, "mm.buddy", "mm.blockType"],
    run: (k, f) => {
      if (findTargetBlock(k)) return NEXT;
      f.set(LOCAL_SEARCHED, 1);
      return f.goto("migrate");
    },
  },
  {
    ...zoneLockStep("free_lock", "compact_lock_irqsave", zoneOf),
    touches: ["cc.zone", "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"],
  },
  {
    label: "isolate_freepages",
    imitates: "isolate_freepages_block",
    needs: "any",
    cost: "list",
    touches: [
      ...BUDDY_COLUMNS,
      ...CC_COLUMNS,
      ...COMPACT_COLUMNS,
      ...SUITABLE_COLUMNS,
      "cpu.lockHolder",
      "cpu.preemptOff",
      "cpu.irqsOff",
    ],
    run: (k, f) => {
      const answer = isolateFreepages(k);
      k.unlockIrqRestore(zoneLock(zoneOf(k)));
      if (answer === "more") return f.goto("find_target");
      f.set(LOCAL_SEARCHED, 1);
      return f.goto("migrate");
    },
  },
  {
    label: "no_target",
    imitates: "migrate_pages",
    needs: "may-sleep",
    cost: "lock",
    touches: [...CC_COLUMNS, ...LRU_COLUMNS],
    run: (k, f) => {
      const cc = k.of(ccColumns);
      const row = acRow(k);
      f.set(LOCAL_SEARCHED, 0);
      migrationFailed(k, 0);
      cc.failed.set(row, 1);
      putbackAll(k);
      if (scannersMet(k)) return f.goto("migrated");
      cc.status.set(row, COMPACT_CONTENDED);
      return f.goto("release");
    },
  },
];

const afterSteps: readonly MicroStep[] = [
  {
    label: "migrated",
    imitates: "compact_zone",
    needs: "may-sleep",
    cost: "none",
    touches: [...CC_COLUMNS, "list.first"],
    run: (k, f) => {
      const cc = k.of(ccColumns);
      const row = acRow(k);
      const failed = cc.failed.get(row) === 1;
      cc.held.set(row, 0);
      cc.failed.set(row, 0);
      if (failed && layoutOf(k.world).v61) passBlock(k);
      else if (failed && mayRescan(k)) {
        setFlag(k, CC_FINISH_PAGEBLOCK, true);
        // A pageblock in which a page stays does not become free: nothing to drain for.
        if (cc.order.get(row) - 1 === k.world.geometry.pageblockOrder) cc.lastMigrated.set(row, 0);
        return f.goto("isolate_migratepages");
      }
      if (k.lists.first(capturedList(k, row)) < 0) return NEXT;
      cc.status.set(row, COMPACT_SUCCESS);
      return f.goto("release");
    },
  },
  {
    label: "check_drain",
    imitates: "lru_add_drain_cpu_zone",
    needs: "may-sleep",
    cost: "lock",
    touches: [...CC_COLUMNS, ...LRU_COLUMNS],
    run: (k, f) => {
      const cc = k.of(ccColumns);
      const row = acRow(k);
      const order = cc.order.get(row) - 1;
      const last = cc.lastMigrated.get(row) - 1;
      const current = (cc.migratePfn.get(row) - 1) & -(1 << Math.max(order, 0));
      if (order <= 0 || last < 0 || last >= current) return f.goto("compact_finished");
      cc.lastMigrated.set(row, 0);
      batchDrain(k, k.cpu);
      return k.call(drainPages, 0, 1, zoneOf(k), k.cpu + 1);
    },
  },
  {
    label: "drained",
    imitates: "lru_add_drain_cpu_zone",
    needs: "any",
    cost: "none",
    touches: [],
    run: (_k, f) => f.goto("compact_finished"),
  },
];

function endSteps(free: Program): readonly MicroStep[] {
  return [
    {
      label: "release",
      imitates: "release_free_list",
      needs: "may-sleep",
      cost: "list",
      touches: [...CC_COLUMNS, ...COMPACT_COLUMNS, ...LIST_COLUMNS],
      run: (k, f) => {
        const block = releaseCompactionPage(k);
        if (block === undefined) return f.goto("end");
        const link = Math.max(blockStart(k, block.pfn), zoneStartOf(k, zoneOf(k))) + 1;
        const { cachedFree } = k.of(compactColumns);
        if (link > cachedFree.get(zoneOf(k))) cachedFree.set(zoneOf(k), link);
        return k.call(free, 0, 0, block.order, block.pfn + 1);
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
    {
      label: "end",
      imitates: "compact_zone",
      needs: "any",
      cost: "none",
      touches: [...CC_COLUMNS, "list.first", ...CAPTURE_COLUMNS],
      run: (k, f) => {
        endOfZone(k);
        return f.return(0);
      },
    },
  ];
}

function endOfZone(k: Kernel): void {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  cc.capture.set(row, 0);
  if (k.lists.first(capturedList(k, row)) >= 0) cc.status.set(row, COMPACT_SUCCESS);
  const daemon = (cc.flags.get(row) & CC_DIRECT) === 0 && cc.order.get(row) > 0;
  countEvent(k, VM.compact_migrate_scanned, cc.migrateScanned.get(row));
  countEvent(k, VM.compact_free_scanned, cc.freeScanned.get(row));
  if (daemon) {
    countEvent(k, VM.compact_daemon_migrate_scanned, cc.migrateScanned.get(row));
    countEvent(k, VM.compact_daemon_free_scanned, cc.freeScanned.get(row));
  }
  k.tracepoints.compactionEnd?.(zoneOf(k), cc.order.get(row) - 1, cc.status.get(row));
  for (const column of [
    cc.migrateScanned,
    cc.freeScanned,
    cc.migratePfn,
    cc.freePfn,
    cc.lastMigrated,
    cc.held,
    cc.running,
  ])
    column.set(row, 0);
  setFlag(k, CC_FINISH_PAGEBLOCK | CC_UPDATE_CACHED, false);
}

function nothingToMove(k: Kernel, f: Frame): Outcome {
  const cc = k.of(ccColumns);
  if ((cc.flags.get(acRow(k)) & CC_UPDATE_CACHED) !== 0) {
    const c = k.of(compactColumns);
    c.cachedMigrateSync.set(zoneOf(k), c.cachedMigrateAsync.get(zoneOf(k)));
  }
  return f.goto("check_drain");
}

function stays(k: Kernel, f: Frame, head: number, order: number): Outcome {
  migrationFailed(k, Math.max(order, 0));
  k.of(ccColumns).failed.set(acRow(k), 1);
  lruPutback(k, head, order);
  return f.goto("migrate");
}

/** Some page stayed: the pageblock cannot become free, but what else is in it should not be scanned over and over. */
function mayRescan(k: Kernel): boolean {
  const cc = k.of(ccColumns);
  const row = acRow(k);
  if (isBlockAligned(k, cc.migratePfn.get(row) - 1) || cc.mode.get(row) === MIGRATE_SYNC) return false;
  return (cc.flags.get(row) & (CC_IGNORE_SKIP | CC_FINISH_PAGEBLOCK)) === 0;
}

function setFlag(k: Kernel, flag: number, on: boolean): void {
  const { flags } = k.of(ccColumns);
  const was = flags.get(acRow(k));
  flags.set(acRow(k), on ? was | flag : was & ~flag);
}
