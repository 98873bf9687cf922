import type { Program } from "../../../model/program.ts";
import type { ListKind } from "../../../model/world.ts";
import type { Physmap, Shootdown } from "../parts.ts";
import { freeTable } from "./free-table.ts";
import { physmapColumns } from "./map-columns.ts";
import { PAGE_TABLE_LIST } from "./page-tables.ts";
import { preallocTable } from "./prealloc-table.ts";
import { sizedMap } from "./sized-map.ts";
import { CORRECT_MAP, type MapSwitches, type SizedOptions } from "./sized-options.ts";
import { sizedUnmap } from "./sized-unmap.ts";
import { splitLeaf } from "./split-leaf.ts";

/**
 * A restricted map whose leaves have sizes, or whose tables come and go.
 *
 * - **split**: turns the large leaf over a page (local 1 its link) into small ones; answers 1, or 0 without a table. None
 *   where all leaves are small.
 * - **inStep**: leaves are of the direct map's sizes; a split of either splits both.
 * - **lists**: what the design that uses it has to declare; none where no table is allocated.
 */
export interface SizedPhysmap extends Physmap {
  readonly split?: Program;
  readonly inStep: boolean;
  readonly lists: readonly ListKind[];
}

/** What may be left to the strategy's own choice. */
export interface Asked {
  readonly shootdown: Shootdown;
  readonly tableShootdown?: Shootdown;
  readonly leaf?: "4k" | "block";
  readonly failAtLeaves?: boolean;
  readonly switches?: Partial<MapSwitches>;
}

/** One leaf per pageblock; a part of one is split off with a table that lies ready for it, so that no unmap can fail. */
export function splittingMirror(asked: Asked): SizedPhysmap {
  return sizedPhysmap("deposited", asked, "block");
}

/** Tables are allocated for the first leaf that needs one, which may fail. Calls: `pte_alloc_kernel`, `free_pte_table`. */
export function onDemand(asked: Asked): SizedPhysmap {
  return sizedPhysmap("on-demand", asked, "4k");
}

/**
 * Leaves of the same size as the direct map's, different only in the present bit: mapping never allocates, except for a part
 * of a block that the direct map has in one leaf, which is split in both (question 1 of the proposal).
 */
export function inStep(asked: Asked): SizedPhysmap {
  return sizedPhysmap("in-step", asked, "block");
}

function sizedPhysmap(tables: SizedOptions["tables"], asked: Asked, leaf: "4k" | "block"): SizedPhysmap {
  const options: SizedOptions = {
    tables,
    leaf: asked.leaf ?? leaf,
    failAtLeaves: asked.failAtLeaves === true,
    shootdown: asked.shootdown,
    tableShootdown: asked.tableShootdown ?? asked.shootdown,
    switches: { ...CORRECT_MAP, ...asked.switches },
  };
  const split = splitLeaf(options);
  const map = sizedMap(options);
  const unmap = sizedUnmap(options, split);
  const tableCalls = tables === "on-demand" ? [freeTable(options), preallocTable(options)] : [];
  const splits = options.leaf === "block" ? [split] : [];
  return {
    leaf: options.leaf,
    fallible: true,
    map,
    unmap,
    ...(options.leaf === "block" ? { split } : {}),
    inStep: tables === "in-step",
    groups: [physmapColumns],
    programs: [map, unmap, ...splits, ...tableCalls],
    calls: Object.fromEntries(tableCalls.map((program) => [program.name, program])),
    lists: tables === "deposited" ? [] : [PAGE_TABLE_LIST],
  };
}
