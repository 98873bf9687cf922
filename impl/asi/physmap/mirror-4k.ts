import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type Cost, defineProgram, type Program } from "../../../model/program.ts";
import type { Physmap } from "../parts.ts";
import { mayShow } from "./leaves.ts";
import { LEAF_COLUMNS, LOCAL_AT, LOCAL_ORDER, LOCAL_PAGE, physmapColumns, RANGE_LOCALS } from "./map-columns.ts";

/**
 * A restricted physmap of 4K leaves whose tables exist from boot: nothing is allocated, nothing can fail. A page that the
 * direct map does not show is passed over; looking and storing are one step, as both are done under cpa_lock.
 *
 *     map, unmap:  leaf · leaf · … · leaf     one store each, and other CPUs look in between
 *
 * - **Context**: any; the caller owns the range, takes care of zeroing before `map` and of the flush after `unmap`.
 * - **Cost**: one step per page; 8 bytes of table per page for ever (docs/modelling.md).
 * - **Source**: the answer to question 1 of the proposal; 4K leaves as the review of the series of September 2025 asks for.
 */
export function mirror4k(): Physmap {
  return { leaf: "4k", map, unmap, groups: [physmapColumns], programs: [map, unmap], calls: {} };
}

/** One program for all designs: it has no switches. */
const map = leafByLeaf("asi_map", "map", (k, pfn) => {
  if (mayShow(k, pfn)) k.hw.setPresent(pfn);
});
const unmap = leafByLeaf("asi_unmap", "unmap", (k, pfn) => k.hw.clearPresent(pfn));

function leafByLeaf(name: string, cost: Cost, store: (k: Kernel, pfn: number) => void): Program {
  return defineProgram({
    name,
    role: "inner",
    locals: RANGE_LOCALS,
    steps: [
      {
        label: "leaf",
        imitates: name,
        needs: "any",
        cost,
        touches: LEAF_COLUMNS,
        run: (k, f) => {
          store(k, pageAt(f));
          return advance(f) ? f.goto("leaf") : f.return(1);
        },
      },
    ],
  });
}

/** The page that the range's program has come to. */
function pageAt(f: Frame): number {
  return f.get(LOCAL_PAGE) - 1 + f.get(LOCAL_AT);
}

/** On to the next page; false behind the last. */
function advance(f: Frame): boolean {
  f.set(LOCAL_AT, f.get(LOCAL_AT) + 1);
  return f.get(LOCAL_AT) < 2 ** f.get(LOCAL_ORDER);
}
