import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { LOCAL_ORDER, type MicroStep, type Outcome } from "../../../model/program.ts";
import { gfpPfmemallocFlags } from "../alloc-flags.ts";
import { acColumns, acRow } from "../columns.ts";
import { CONTEXT_COLUMNS } from "../touches.ts";
import { oomUnlock } from "./oom.ts";

/** alloc_pages' locals beyond those that every entry program has. */
export const LOCAL_PAGE = 3;

/** Where the slow path goes on when the attempt at the free lists that it has begun fails: `ac.stage`. */
export const STAGE = {
  fast: 0,
  adjusted: 1,
  compactedFirst: 2,
  retry: 3,
  reclaimed: 4,
  drained: 5,
  compacted: 6,
  oomCheck: 7,
  oomReserve: 8,
  nofail: 9,
} as const;

/** Columns that any step of the slow path may read or write. */
export const SLOW_COLUMNS = [...CONTEXT_COLUMNS, "pgdat.oomLock"] as const;

type Base = Pick<MicroStep, "imitates" | "needs" | "cost" | "touches">;

/** What most of its steps have in common: run in any context, or only where the caller may sleep. */
export const anywhere: Base = { imitates: "__alloc_pages_slowpath", needs: "any", cost: "none", touches: SLOW_COLUMNS };
export const sleeping: Base = { ...anywhere, needs: "may-sleep" };

/** An attempt at the free lists; `stage` says where to go on if it fails. */
export function attempt(k: Kernel, f: Frame, stage: number): Outcome {
  k.of(acColumns).stage.set(acRow(k), stage);
  return f.goto("get_page_from_freelist");
}

/** Gives up: no page. */
export function fail(k: Kernel, f: Frame): Outcome {
  oomUnlock(k);
  k.of(acColumns).stage.set(acRow(k), STAGE.retry);
  f.set(LOCAL_PAGE, 0);
  return f.goto("prep_new_page");
}

/** The caller's right to the reserves, as ALLOC_*; 0 for most. */
export function pfmemalloc(k: Kernel): number {
  return gfpPfmemallocFlags(gfpOf(k), k.of(acColumns).memalloc.get(acRow(k)) === 1, false);
}

export function isCostly(k: Kernel, f: Frame): boolean {
  return f.get(LOCAL_ORDER) > k.world.geometry.costlyOrder;
}

/** Reclaim and compaction are this world's business; off where a recording says what was freed and when. */
export function reclaims(k: Kernel): boolean {
  return k.world.whole?.reclaim === true;
}

export function gfpOf(k: Kernel): number {
  return k.of(acColumns).gfp.get(acRow(k));
}
