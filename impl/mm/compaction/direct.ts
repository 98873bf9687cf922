import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import type { MicroStep, Program } from "../../../model/program.ts";
import { acColumns, acRow } from "../columns.ts";
import { freetypeOf } from "../freetype.ts";
import { lruAddDrainAll } from "../reclaim/lru-calls.ts";
import { AC_COLUMNS } from "../touches.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { nextZoneref, zonelistOf } from "../zonelist.ts";
import {
  CC_COLUMNS,
  CC_DIRECT,
  CC_IGNORE_BLOCK_SUITABLE,
  CC_IGNORE_SKIP,
  CC_WHOLE_ZONE,
  COMPACT_COLUMNS,
  COMPACT_COMPLETE,
  COMPACT_DEFERRED,
  COMPACT_PARTIAL_SKIPPED,
  COMPACT_PRIO_ASYNC,
  COMPACT_PRIO_SYNC_FULL,
  COMPACT_SKIPPED,
  COMPACT_SUCCESS,
  ccColumns,
  MIGRATE_ASYNC,
  MIGRATE_SYNC,
  MIGRATE_SYNC_LIGHT,
} from "./columns.ts";
import { compactionDeferReset, compactionDeferred, deferCompaction } from "./defer.ts";
import { compactionAllowed } from "./suitable.ts";

const LOCAL_ORDER = 2;
const LOCAL_PRIORITY = 3;

/**
 * `try_to_compact_pages`: direct compaction, zone by zone of the request's zonelist, until one has a block of the order.
 *
 * - **Context**: task that may sleep; the caller has set PF_MEMALLOC.
 * - **Shapes, units**: local 2 the order, local 3 a COMPACT_PRIO_*. The result is left in `ac.compactResult`; a captured block
 *   on this level's list of kind `captured`.
 * - **Source**: `try_to_compact_pages()`, `compact_zone_order()` in mm/compaction.c.
 */
export function tryToCompactPages(compactZone: Program): Program {
  return defineWholeProgram({
    name: "try_to_compact_pages",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "unused", sort: "count" },
      { name: "order", sort: "order" },
      { name: "priority", sort: "count" },
    ],
    steps: [beginStep, nextZoneStep(compactZone), zoneDoneStep, doneStep],
  });
}

const beginStep: MicroStep = {
  label: "begin",
  imitates: "try_to_compact_pages",
  needs: "may-sleep",
  cost: "none",
  touches: [...AC_COLUMNS, ...CC_COLUMNS, "ac.compactResult"],
  run: (k, f) => {
    const cc = k.of(ccColumns);
    const ac = k.of(acColumns);
    const row = acRow(k);
    cc.result.set(row, COMPACT_SKIPPED);
    if (!compactionAllowed(ac.gfp.get(row))) return f.goto("done");
    const full = f.get(LOCAL_PRIORITY) === COMPACT_PRIO_SYNC_FULL;
    cc.order.set(row, f.get(LOCAL_ORDER) + 1);
    cc.gfp.set(row, ac.gfp.get(row));
    cc.allocFlags.set(row, ac.flags.get(row));
    cc.highest.set(row, ac.highestZone.get(row));
    cc.freetype.set(row, ac.freetype.get(row));
    cc.mode.set(row, f.get(LOCAL_PRIORITY) === COMPACT_PRIO_ASYNC ? MIGRATE_ASYNC : MIGRATE_SYNC_LIGHT);
    cc.flags.set(row, CC_DIRECT | (full ? CC_WHOLE_ZONE | CC_IGNORE_SKIP | CC_IGNORE_BLOCK_SUITABLE : 0));
    cc.zoneref.set(row, 0);
    return f.goto("next_zone");
  },
};

function nextZoneStep(compactZone: Program): MicroStep {
  return {
    label: "next_zone",
    imitates: "try_to_compact_pages",
    needs: "may-sleep",
    cost: "none",
    touches: [...AC_COLUMNS, ...CC_COLUMNS, ...COMPACT_COLUMNS],
    run: (k, f) => {
      const cc = k.of(ccColumns);
      const ac = k.of(acColumns);
      const row = acRow(k);
      const zonelist = zonelistOf(k, ac.node.get(row), ac.gfp.get(row));
      const at = nextZoneref(k, zonelist, cc.zoneref.get(row), ac.highestZone.get(row));
      if (at >= zonelist.length) return f.goto("done");
      const zone = zonelist[at] as number;
      cc.zoneref.set(row, at + 1);
      if (f.get(LOCAL_PRIORITY) > COMPACT_PRIO_SYNC_FULL && compactionDeferred(k, zone, f.get(LOCAL_ORDER))) {
        noteResult(k, COMPACT_DEFERRED);
        return f.goto("next_zone");
      }
      cc.zone.set(row, zone);
      if (f.get(LOCAL_PRIORITY) !== COMPACT_PRIO_SYNC_FULL) cc.flags.set(row, cc.flags.get(row) & ~CC_WHOLE_ZONE);
      return k.call(compactZone);
    },
  };
}

const zoneDoneStep: MicroStep = {
  label: "zone_done",
  imitates: "try_to_compact_pages",
  needs: "any",
  cost: "none",
  touches: [...CC_COLUMNS, ...COMPACT_COLUMNS],
  run: (k, f) => {
    const cc = k.of(ccColumns);
    const row = acRow(k);
    const status = cc.status.get(row);
    const zone = cc.zone.get(row);
    noteResult(k, status);
    if (status === COMPACT_SUCCESS) {
      compactionDeferReset(k, zone, f.get(LOCAL_ORDER), false);
      return f.goto("done");
    }
    const inVain = status === COMPACT_COMPLETE || status === COMPACT_PARTIAL_SKIPPED;
    if (f.get(LOCAL_PRIORITY) !== COMPACT_PRIO_ASYNC && inVain) deferCompaction(k, zone, f.get(LOCAL_ORDER));
    return f.goto("next_zone");
  },
};

const doneStep: MicroStep = {
  label: "done",
  imitates: "try_to_compact_pages",
  needs: "any",
  cost: "none",
  touches: [...CC_COLUMNS, "ac.compactResult"],
  run: (k, f) => {
    const row = acRow(k);
    k.of(acColumns).compactResult.set(row, k.of(ccColumns).result.get(row));
    clearCompactControl(k);
    return f.return(0);
  },
};

/**
 * `compact_memory`: compacts every zone as far as it goes (/proc/sys/vm/compact_memory).
 *
 * - **Context**: task that may sleep.
 * - **Source**: `compact_nodes()`, `compact_node()` in mm/compaction.c.
 */
export function compactMemory(compactZone: Program): Program {
  return defineWholeProgram({
    name: "compact_memory",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "zone", sort: "zone" },
    ],
    steps: [
      {
        label: "lru_add_drain_all",
        imitates: "lru_add_drain_all",
        needs: "may-sleep",
        cost: "none",
        touches: ["cc.running"],
        run: (k) => k.call(lruAddDrainAll),
      },
      {
        label: "next_zone",
        imitates: "compact_node",
        needs: "may-sleep",
        cost: "none",
        touches: [...CC_COLUMNS],
        run: (k, f) => {
          const zone = f.get(1);
          clearCompactControl(k);
          if (zone >= k.world.zones.length) return f.return(0);
          f.set(1, zone + 1);
          const cc = k.of(ccColumns);
          const row = acRow(k);
          cc.zone.set(row, zone);
          cc.gfp.set(row, GFP.KERNEL);
          cc.freetype.set(row, freetypeOf(k, 0));
          cc.mode.set(row, MIGRATE_SYNC);
          cc.flags.set(row, CC_WHOLE_ZONE | CC_IGNORE_SKIP);
          return k.call(compactZone);
        },
      },
      {
        label: "zone_done",
        imitates: "compact_node",
        needs: "any",
        cost: "none",
        touches: [],
        run: (_k, f) => f.goto("next_zone"),
      },
    ],
  });
}

/** Nothing is left of a compaction that is over. */
export function clearCompactControl(k: Kernel): void {
  for (const column of Object.values(k.of(ccColumns))) column.set(acRow(k), 0);
}

function noteResult(k: Kernel, status: number): void {
  const { result } = k.of(ccColumns);
  result.set(acRow(k), Math.max(result.get(acRow(k)), status));
}
