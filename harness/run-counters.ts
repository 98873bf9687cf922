import type { Column } from "../model/column.ts";
import { PLACE_FIRST_LIST } from "../model/lists.ts";
import type { Machine } from "../model/machine.ts";
import { TRANSLATION } from "../model/translations.ts";
import { machineForRun, type RunOrigin } from "./machine-for-run.ts";
import { resolveRecorded } from "./resolve-recorded.ts";

/** Three numbers that show at a glance what a run does to memory. Units: pages. */
export interface RunCounters {
  /** Pages whose leaf in the protected map is present. */
  readonly presentLeaves: number;
  /** Pages that lie on some list, wherever the list is kept. */
  readonly freePages: number;
  /** Pages whose leaf was cleared while some CPU may still hold it; kept where translations are one table of pages. */
  readonly pendingFlush?: number;
}

/**
 * Counts pages before the run and after each of its steps; ends early where the run cannot be followed on today's code.
 *
 * - **Cost**: replays the run once; three columns are read after each step.
 */
export function runCounters(run: RunOrigin): readonly RunCounters[] {
  const machine = machineForRun(run);
  const counters = [countersOf(machine)];
  for (const { action } of run.steps) {
    const resolved = resolveRecorded(machine, action);
    if (typeof resolved === "string") break;
    machine.clearStep();
    if (!machine.perform(resolved)) break;
    counters.push(countersOf(machine));
  }
  return counters;
}

function countersOf(machine: Machine): RunCounters {
  const column = (name: string): Column | undefined => machine.state.columns.find((known) => known.name === name);
  return {
    presentLeaves: rowsWith(column("hw.present"), (value) => value !== 0).length,
    freePages: pagesOnLists(machine),
    pendingFlush: pagesOf(
      machine,
      rowsWith(column("tlb.entry"), (value) => value === TRANSLATION.stale),
    ),
  };
}

function pagesOnLists(machine: Machine): number {
  return machine.world.lists.kinds.reduce(
    (pages, _, kind) => pages + machine.k.lists.pagesIn(PLACE_FIRST_LIST + kind),
    0,
  );
}

/** Pages are the innermost dimension of a table of translations. */
function pagesOf(machine: Machine, rows: readonly number[]): number {
  return new Set(rows.map((row) => row % machine.world.pages)).size;
}

function rowsWith(column: Column | undefined, wanted: (value: number) => boolean): number[] {
  if (column === undefined) return [];
  return Array.from({ length: column.rows }, (_, row) => row).filter((row) => wanted(column.get(row)));
}
