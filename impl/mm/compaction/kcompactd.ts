import type { Worker } from "../../../model/design.ts";
import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { VM } from "../../../model/vm-events.ts";
import { ALLOC_WMARK_MIN } from "../alloc-flags.ts";
import { acRow } from "../columns.ts";
import { drainZone } from "../drain-all-pages.ts";
import { freetypeOf, MIGRATE_UNMOVABLE } from "../freetype.ts";
import { PGDAT_COLUMNS, pgdatColumns } from "../reclaim/columns.ts";
import { zonesOfNode } from "../reclaim/scan-count.ts";
import { countEvent } from "../vm-count.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { nodeWanting } from "../worker-cpu.ts";
import { ZONE_MOVABLE, zoneIndex } from "../zones.ts";
import {
  CC_COLUMNS,
  COMPACT_COLUMNS,
  COMPACT_COMPLETE,
  COMPACT_CONTINUE,
  COMPACT_PARTIAL_SKIPPED,
  COMPACT_SUCCESS,
  ccColumns,
  MIGRATE_SYNC_LIGHT,
} from "./columns.ts";
import { compactionDeferReset, compactionDeferred, deferCompaction } from "./defer.ts";
import { clearCompactControl } from "./direct.ts";
import { SUITABLE_COLUMNS, suitAllocationOrder } from "./suitable.ts";

const LOCAL_NODE = 1;
/** Place among the node's zones of the one to look at next. */
const LOCAL_AT = 2;

/**
 * kcompactd, one per node: compacts the node's zones for the largest order that kswapd, or a caller that could not wait, was asked
 * for.
 *
 * - **Context**: kernel thread, may sleep; it captures nothing.
 * - **Leaves out**: proactive compaction, the time between two looks.
 * - **Source**: `kcompactd()`, `kcompactd_do_work()` in mm/compaction.c.
 */
export function kcompactdProgram(compactZone: Program): Program {
  return defineWholeProgram({
    name: "kcompactd",
    role: "worker",
    locals: [
      { name: "result", sort: "count" },
      { name: "node", sort: "node" },
      { name: "at", sort: "count" },
    ],
    steps: [wakeStep, zoneStep(compactZone), zoneDoneStep, drainedStep],
  });
}

export function kcompactdWorker(program: Program): Worker {
  return { name: "kcompactd", program, wanted: (k, cpu) => k.world.whole?.reclaim === true && wanting(k, cpu) >= 0 };
}

function wanting(k: Kernel, cpu: number): number {
  return nodeWanting(k, cpu, (node) => k.of(pgdatColumns).kcompactdWanted.get(node) === 1);
}

const wakeStep: MicroStep = {
  label: "wake",
  imitates: "kcompactd_do_work",
  needs: "may-sleep",
  cost: "none",
  touches: [...CC_COLUMNS, ...PGDAT_COLUMNS],
  run: (k, f) => {
    const node = wanting(k, k.cpu);
    if (node < 0) return f.return(0);
    const pgdat = k.of(pgdatColumns);
    const cc = k.of(ccColumns);
    const row = acRow(k);
    pgdat.kcompactdWanted.set(node, 0);
    countEvent(k, VM.compact_daemon_wake);
    f.set(LOCAL_NODE, node);
    cc.order.set(row, pgdat.kcompactdOrder.get(node) + 1);
    const highest = pgdat.kcompactdHighest.get(node);
    cc.highest.set(row, highest === 0 ? ZONE_MOVABLE : highest - 1);
    return NEXT;
  },
};

function zoneStep(compactZone: Program): MicroStep {
  return {
    label: "next_zone",
    imitates: "kcompactd_do_work",
    needs: "may-sleep",
    cost: "none",
    touches: [...CC_COLUMNS, ...COMPACT_COLUMNS, ...PGDAT_COLUMNS, ...SUITABLE_COLUMNS, "zone.managed"],
    run: (k, f) => {
      const cc = k.of(ccColumns);
      const row = acRow(k);
      const order = cc.order.get(row) - 1;
      const zones = zonesOfNode(k, f.get(LOCAL_NODE), cc.highest.get(row));
      const zone = zones[f.get(LOCAL_AT)];
      if (zone === undefined) {
        endOfRun(k, f.get(LOCAL_NODE), order);
        return f.return(0);
      }
      f.set(LOCAL_AT, f.get(LOCAL_AT) + 1);
      if (compactionDeferred(k, zone, order)) return f.goto("next_zone");
      const suit = suitAllocationOrder(k, zone, order, zoneIndex(k, zone), ALLOC_WMARK_MIN);
      if (suit !== COMPACT_CONTINUE) return f.goto("next_zone");
      cc.zone.set(row, zone);
      cc.gfp.set(row, GFP.KERNEL);
      cc.freetype.set(row, freetypeOf(k, MIGRATE_UNMOVABLE));
      cc.mode.set(row, MIGRATE_SYNC_LIGHT);
      cc.flags.set(row, 0);
      return k.call(compactZone);
    },
  };
}

const zoneDoneStep: MicroStep = {
  label: "zone_done",
  imitates: "kcompactd_do_work",
  needs: "may-sleep",
  cost: "none",
  touches: [...CC_COLUMNS, ...COMPACT_COLUMNS],
  run: (k) => {
    const cc = k.of(ccColumns);
    const row = acRow(k);
    const status = cc.status.get(row);
    const order = cc.order.get(row) - 1;
    if (status === COMPACT_SUCCESS) compactionDeferReset(k, cc.zone.get(row), order, false);
    else if (status === COMPACT_PARTIAL_SKIPPED || status === COMPACT_COMPLETE) {
      deferCompaction(k, cc.zone.get(row), order);
      return k.call(drainZone, 0, 0, cc.zone.get(row), 0);
    }
    return NEXT;
  },
};

const drainedStep: MicroStep = {
  label: "drained",
  imitates: "kcompactd_do_work",
  needs: "any",
  cost: "none",
  touches: [],
  run: (_k, f) => {
    f.set(0, 0);
    return f.goto("next_zone");
  },
};

/** The order asked for is forgotten unless a larger one has been asked for meanwhile. */
function endOfRun(k: Kernel, node: number, order: number): void {
  const { kcompactdOrder, kcompactdHighest } = k.of(pgdatColumns);
  if (kcompactdOrder.get(node) <= order) kcompactdOrder.set(node, 0);
  if (kcompactdHighest.get(node) > k.of(ccColumns).highest.get(acRow(k))) kcompactdHighest.set(node, 0);
  clearCompactControl(k);
}
