import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { BLOCKED, defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { LIST_COLUMNS } from "../../mm/touches.ts";
import { blockOf, pagesOfBlock } from "./leaves.ts";
import { LEAF_COLUMNS, LOCAL_PAGE, RANGE_LOCALS } from "./map-columns.ts";
import { allocatorOf, leavesTables } from "./page-tables.ts";
import { lockSizes, unlockSizes } from "./size-lock.ts";
import type { SizedOptions } from "./sized-options.ts";
import { LOCAL_TABLE } from "./table-steps.ts";

/**
 * Takes a table without leaves out of the restricted map and gives its frame back to the page allocator.
 *
 *     lock · clear the upper entry · flush everything, everywhere · unlock · free the frame
 *
 * Everywhere means lazy CPUs too, and everything means paging-structure caches, under every PCID: a CPU that still has the
 * upper entry reads the frame's next content as page table (S24).
 *
 * - **Context**: that of the flush.
 * - **Shapes, units**: local 1 the link of the block's first page; answers 1, or 0 when there is no table or it is in use.
 * - **Source**: `tlb_remove_table()` and the order unhook, invalidate, free of include/asm-generic/tlb.h;
 *   `free_pte_table()` in arch/x86/mm/init_64.c, whose callers flush when all is freed.
 */
export function freeTable(options: SizedOptions): Program {
  const flush = flushAll(options.tableShootdown.flush);
  return defineProgram({
    name: "free_pte_table",
    role: "inner",
    locals: [...RANGE_LOCALS, { name: "table", sort: "pfn", link: true }],
    steps: options.switches.freesTableFirst
      ? [unhook(), unlock(), free(), flush, done()]
      : [unhook(), flush, unlock(), free(), done()],
  });
}

const FREE = { imitates: "free_pte_table", needs: "any" } as const;

function unhook(): MicroStep {
  return {
    ...FREE,
    label: "unhook",
    cost: "unmap",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      if (!lockSizes(k)) return BLOCKED;
      const block = blockOf(k, f.get(LOCAL_PAGE) - 1);
      const table = k.spaces.table(block);
      if (table < 0 || isInUse(k, block)) {
        unlockSizes(k);
        return f.return(0);
      }
      f.set(LOCAL_TABLE, table + 1);
      k.spaces.unlinkTable(block);
      return NEXT;
    },
  };
}

function isInUse(k: Kernel, block: number): boolean {
  return pagesOfBlock(k, block).some((pfn) => k.hw.isPresent(pfn));
}

/** A range of all pages is above every ceiling: nothing is invalidated address by address. */
function flushAll(flush: Program): MicroStep {
  return {
    ...FREE,
    imitates: "flush_tlb_all",
    label: "flush",
    cost: "none",
    touches: [],
    run: (k) => k.call(flush, 0, 1, k.world.pages),
  };
}

function unlock(): MicroStep {
  return {
    ...FREE,
    label: "unlock",
    cost: "lock",
    touches: LEAF_COLUMNS,
    run: (k) => {
      unlockSizes(k);
      return NEXT;
    },
  };
}

function free(): MicroStep {
  return {
    ...FREE,
    label: "free_frame",
    cost: "list",
    touches: [...LIST_COLUMNS],
    run: (k, f) => {
      leavesTables(k, tableOf(f));
      return k.call(allocatorOf(k).free, 0, 0, 0, f.get(LOCAL_TABLE));
    },
  };
}

function done(): MicroStep {
  return { ...FREE, label: "done", cost: "none", touches: [], run: (_k, f) => f.return(1) };
}

function tableOf(f: Frame): number {
  return f.get(LOCAL_TABLE) - 1;
}
