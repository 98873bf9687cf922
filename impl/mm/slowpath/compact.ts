import type { Frame } from "../../../model/frame.ts";
import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { LOCAL_ORDER, type MicroStep, NEXT, type Program, YIELD } from "../../../model/program.ts";
import { VM } from "../../../model/vm-events.ts";
import { acColumns, acRow } from "../columns.ts";
import { capturedList } from "../compaction/capture.ts";
import {
  COMPACT_COLUMNS,
  COMPACT_DEFERRED,
  COMPACT_PRIO_ASYNC,
  COMPACT_SKIPPED,
  compactColumns,
} from "../compaction/columns.ts";
import { compactionDeferReset } from "../compaction/defer.ts";
import { compactionAllowed } from "../compaction/suitable.ts";
import { MIGRATE_MOVABLE, migratetypeOfFreetype } from "../freetype.ts";
import { LIST_COLUMNS } from "../touches.ts";
import { countEvent } from "../vm-count.ts";
import { zoneOfPage } from "../zones.ts";
import {
  anywhere,
  attempt,
  gfpOf,
  isCostly,
  LOCAL_PAGE,
  pfmemalloc,
  reclaims,
  SLOW_COLUMNS,
  STAGE,
  sleeping,
} from "./stage.ts";

/** Costly orders, and orders that are not movable: compaction keeps such pages together, reclaim does not. */
export function firstCompactSteps(tryToCompactPages: Program): MicroStep[] {
  return [
    compactStep("compact_first", tryToCompactPages, () => COMPACT_PRIO_ASYNC),
    compactedStep("compact_first_done", STAGE.compactedFirst, "after_first_compact"),
    compactFailedStep("first_compact_failed"),
    {
      ...anywhere,
      label: "after_first_compact",
      run: (k, f) => {
        const c = k.of(acColumns);
        const row = acRow(k);
        if (isCostly(k, f) && (gfpOf(k) & GFP.NORETRY) !== 0) {
          const result = c.compactResult.get(row);
          if (result === COMPACT_SKIPPED || result === COMPACT_DEFERRED) return f.goto("nopage");
          c.compactPriority.set(row, COMPACT_PRIO_ASYNC);
        }
        return f.goto("retry");
      },
    },
  ];
}

export function compactSteps(tryToCompactPages: Program): MicroStep[] {
  return [
    {
      ...anywhere,
      label: "direct_compact",
      run: (k, f) => {
        if (!reclaims(k)) return f.goto("nopage");
        return f.get(LOCAL_ORDER) === 0 ? f.goto("after_compact") : NEXT;
      },
    },
    compactStep("compact", tryToCompactPages, (k) => k.of(acColumns).compactPriority.get(acRow(k))),
    compactedStep("compacted", STAGE.compacted, "after_compact"),
    compactFailedStep("compact_failed"),
    {
      ...anywhere,
      label: "after_compact",
      run: (k, f) => {
        const gfp = gfpOf(k);
        if ((gfp & GFP.NORETRY) !== 0) return f.goto("nopage");
        const may = compactionAllowed(gfp) && (gfp & GFP.RETRY_MAYFAIL) !== 0;
        return isCostly(k, f) && !may ? f.goto("nopage") : NEXT;
      },
    },
  ];
}

function compactStep(label: string, tryToCompactPages: Program, priority: (k: Kernel) => number): MicroStep {
  return {
    ...sleeping,
    label,
    imitates: "__alloc_pages_direct_compact",
    run: (k, f) => {
      k.of(acColumns).memalloc.set(acRow(k), 1);
      return k.call(tryToCompactPages, 0, 0, f.get(LOCAL_ORDER), priority(k));
    },
  };
}

/** A block caught while compacting is ours; else the free lists are tried. */
function compactedStep(label: string, stage: number, ifSkipped: string): MicroStep {
  return {
    ...anywhere,
    label,
    imitates: "__alloc_pages_direct_compact",
    touches: [...SLOW_COLUMNS, ...LIST_COLUMNS, ...COMPACT_COLUMNS],
    run: (k, f) => {
      const c = k.of(acColumns);
      const row = acRow(k);
      c.memalloc.set(row, 0);
      if (c.compactResult.get(row) === COMPACT_SKIPPED) return f.goto(ifSkipped);
      countEvent(k, VM.compact_stall);
      const list = capturedList(k, row);
      const captured = k.lists.first(list);
      if (captured < 0) return attempt(k, f, stage);
      k.lists.remove(list, captured);
      c.zone.set(row, zoneOfPage(k, captured));
      c.stage.set(row, stage);
      f.set(LOCAL_PAGE, captured + 1);
      return f.goto("prep_new_page");
    },
  };
}

function compactFailedStep(label: string): MicroStep {
  return {
    ...sleeping,
    label,
    imitates: "__alloc_pages_direct_compact",
    run: (k) => {
      countEvent(k, VM.compact_fail);
      return YIELD;
    },
  };
}

export function creditCompaction(k: Kernel, zone: number, order: number): void {
  k.of(compactColumns).blockskipFlush.set(zone, 0);
  compactionDeferReset(k, zone, order, true);
  countEvent(k, VM.compact_success);
}

export function shouldCompactFirst(k: Kernel, f: Frame): boolean {
  const gfp = gfpOf(k);
  if (!reclaims(k) || (gfp & GFP.DIRECT_RECLAIM) === 0 || !compactionAllowed(gfp) || pfmemalloc(k) !== 0) return false;
  if (isCostly(k, f)) return true;
  const type = migratetypeOfFreetype(k, k.of(acColumns).freetype.get(acRow(k)));
  return f.get(LOCAL_ORDER) > 0 && type !== MIGRATE_MOVABLE;
}
