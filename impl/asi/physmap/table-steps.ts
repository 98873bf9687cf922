import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { LOCAL_RESULT, type MicroStep, NEXT, type Outcome } from "../../../model/program.ts";
import { LEAF_4K } from "../../../model/space-columns.ts";
import { LIST_COLUMNS } from "../../mm/touches.ts";
import { LEAF_COLUMNS } from "./map-columns.ts";
import { allocatorOf, becomesTable, leavesTables, tableRequest } from "./page-tables.ts";
import type { SizedOptions } from "./sized-options.ts";

/** Local that holds the link of a table's frame between its allocation and its use, in every program that allocates one. */
export const LOCAL_TABLE = 4;

const FAILS = 1;

/**
 * Asks the allocator for a table, with no lock held. It may fail, whatever memory there is: the second choice.
 *
 * - **Context**: as the allocation's flags allow; an atomic caller's tables are atomic too.
 */
export function allocTable(options: SizedOptions, failed: (f: Frame) => Outcome): MicroStep[] {
  return [
    {
      label: "alloc_table",
      imitates: "asi_pte_alloc",
      needs: "any",
      cost: "none",
      touches: ["physmap.sizeLock"],
      choices: () => 2,
      run: (k, f, choice) => {
        if (choice === FAILS) return failed(f);
        return k.call(allocatorOf(k).alloc, 0, tableRequest(k, !options.switches.mapsTables), 0);
      },
    },
    {
      label: "got_table",
      imitates: "asi_pte_alloc",
      needs: "any",
      cost: "zero",
      touches: ["hw.tag", ...LIST_COLUMNS, ...LEAF_COLUMNS],
      run: (k, f) => {
        const link = f.get(LOCAL_RESULT);
        if (link === 0) return failed(f);
        becomesTable(k, link - 1);
        f.set(LOCAL_TABLE, link);
        return NEXT;
      },
    },
  ];
}

/** Hangs the table that was allocated in under the block. In step, the direct map gets its own at the same time. */
export function hangTable(k: Kernel, options: SizedOptions, f: Frame, block: number): void {
  k.fence();
  if (options.tables === "in-step") k.spaces.setDirectLeaf(block, LEAF_4K);
  k.spaces.linkTable(block, f.get(LOCAL_TABLE) - 1);
  f.set(LOCAL_TABLE, 0);
}

/** Gives a table that turned out unneeded back, and goes on at `next`; reached by a jump to `free_surplus`. */
export function freeSurplus(next: string): MicroStep[] {
  return [
    {
      label: "free_surplus",
      imitates: "pte_free_kernel",
      needs: "any",
      cost: "list",
      touches: [...LIST_COLUMNS],
      run: (k, f) => {
        const link = f.get(LOCAL_TABLE);
        leavesTables(k, link - 1);
        f.set(LOCAL_TABLE, 0);
        return k.call(allocatorOf(k).free, 0, 0, 0, link);
      },
    },
    {
      label: "surplus_freed",
      imitates: "pte_free_kernel",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto(next),
    },
  ];
}
