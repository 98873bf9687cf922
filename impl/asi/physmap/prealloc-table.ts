import { BLOCKED, defineProgram, type Program } from "../../../model/program.ts";
import { blockOf } from "./leaves.ts";
import { LEAF_COLUMNS, LOCAL_PAGE, RANGE_LOCALS } from "./map-columns.ts";
import { passSizeLock } from "./size-lock.ts";
import { lacksTable, type SizedOptions } from "./sized-options.ts";
import { allocTable, freeSurplus, hangTable } from "./table-steps.ts";

/**
 * Gets a block its table before any leaf needs it, so that a later map of it cannot fail.
 *
 * - **Context**: that of the allocation.
 * - **Shapes, units**: local 1 the link of a page of the block; answers 1, or 0 without a table.
 * - **Source**: `pte_alloc_kernel()`; the preallocated tables of ASI RFC v2.
 */
export function preallocTable(options: SizedOptions): Program {
  const step = { imitates: "pte_alloc_kernel", needs: "any", cost: "none" } as const;
  return defineProgram({
    name: "pte_alloc_kernel",
    role: "inner",
    locals: [...RANGE_LOCALS, { name: "table", sort: "pfn", link: true }],
    steps: [
      ...allocTable(options, (f) => f.return(0)),
      {
        ...step,
        label: "hang_table",
        touches: LEAF_COLUMNS,
        run: (k, f) => {
          if (!passSizeLock(k)) return BLOCKED;
          const block = blockOf(k, f.get(LOCAL_PAGE) - 1);
          if (!lacksTable(k, options, block)) return f.goto("free_surplus");
          hangTable(k, options, f, block);
          return f.return(1);
        },
      },
      ...freeSurplus("done"),
      { ...step, label: "done", touches: [], run: (_k, f) => f.return(1) },
    ],
  });
}
