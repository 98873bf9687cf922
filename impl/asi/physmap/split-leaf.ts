import type { Frame } from "../../../model/frame.ts";
import { BLOCKED, defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { blockOf, clearBlockLeaf, mayShow, pagesOfBlock, underBlockLeaf } from "./leaves.ts";
import { LEAF_COLUMNS, LOCAL_PAGE, RANGE_LOCALS } from "./map-columns.ts";
import { lockSizes, unlockSizes } from "./size-lock.ts";
import type { SizedOptions } from "./sized-options.ts";
import { allocTable, freeSurplus, hangTable, LOCAL_TABLE } from "./table-steps.ts";

/**
 * Replaces the large leaf over a page by 4K leaves that map the same pages.
 *
 *     table := alloc          no lock held: having a table may mean reclaim
 *     lock · clear · flush · hang the table in, its leaves set · unlock
 *
 * For as long as the block is absent a restricted CPU that needs it takes a fault, no more. Nobody else stores or clears a
 * leaf meanwhile: a free that found the block absent and went on would be undone by the store of the small leaves.
 *
 * - **Context**: that of the flush; may allocate.
 * - **Shapes, units**: local 1 the page's link; answers 1, or 0 when a table could not be had (then nothing has changed).
 * - **Leaves out**: the direct map's own table for the same block (docs/modelling.md).
 * - **Source**: `split_large_page()`, `__split_large_page()` in arch/x86/mm/pat/set_memory.c, v6.12, which stores the small
 *   leaves and flushes afterwards, both translating alike; here clear, flush, store (S25), as rule H10 promises nothing more.
 */
export function splitLeaf(options: SizedOptions): Program {
  const { switches, shootdown } = options;
  const allocates = options.tables !== "deposited";
  return defineProgram({
    name: "__split_large_page",
    role: "split",
    locals: [...RANGE_LOCALS, { name: "table", sort: "pfn", link: true }],
    steps: [
      look(),
      ...(allocates ? allocTable(options, (f) => f.return(0)) : []),
      lock(switches.splitsUnlocked),
      ...(switches.splitsInPlace ? [] : [clear()]),
      ...(switches.splitsWithoutFlush || switches.splitsInPlace ? [] : [flush(shootdown.flush)]),
      setLeaves(options),
      ...(switches.splitsInPlace ? [flush(shootdown.flush)] : []),
      unlock(),
      ...(allocates ? [unlockSurplus(), ...freeSurplus("done")] : []),
      { ...SPLIT, label: "done", cost: "none", touches: [], run: (_k, f) => f.return(1) },
    ],
  });
}

const SPLIT = { imitates: "__split_large_page", needs: "any" } as const;

function look(): MicroStep {
  return {
    ...SPLIT,
    label: "look",
    cost: "none",
    touches: LEAF_COLUMNS,
    run: (k, f) => (underBlockLeaf(k, pageOf(f)) ? NEXT : f.return(1)),
  };
}

/** Another CPU may have split or cleared the leaf before the lock was had. */
function lock(isLeftOut: boolean): MicroStep {
  return {
    ...SPLIT,
    label: "lock",
    cost: "lock",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      if (!isLeftOut && !lockSizes(k)) return BLOCKED;
      if (underBlockLeaf(k, pageOf(f))) return NEXT;
      return f.get(LOCAL_TABLE) === 0 ? f.goto("unlock") : f.goto("unlock_surplus");
    },
  };
}

function clear(): MicroStep {
  return {
    ...SPLIT,
    label: "clear_leaf",
    cost: "unmap",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      clearBlockLeaf(k, blockOf(k, pageOf(f)));
      return NEXT;
    },
  };
}

function flush(program: Program): MicroStep {
  return {
    ...SPLIT,
    label: "flush",
    cost: "none",
    touches: [],
    run: (k, f) => {
      const pages = pagesOfBlock(k, blockOf(k, pageOf(f)));
      return k.call(program, 0, (pages[0] ?? 0) + 1, pages.length);
    },
  };
}

/** One store makes all of them reachable: the table is filled before it is hung in. */
function setLeaves(options: SizedOptions): MicroStep {
  return {
    ...SPLIT,
    label: "set_leaves",
    cost: "map",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      const block = blockOf(k, pageOf(f));
      if (options.switches.splitsInPlace) clearBlockLeaf(k, block);
      if (f.get(LOCAL_TABLE) !== 0) hangTable(k, options, f, block);
      for (const pfn of pagesOfBlock(k, block)) if (mayShow(k, pfn)) k.hw.setPresent(pfn);
      return NEXT;
    },
  };
}

function unlock(): MicroStep {
  return { ...SPLIT, label: "unlock", cost: "lock", touches: LEAF_COLUMNS, run: release("done") };
}

function unlockSurplus(): MicroStep {
  return { ...SPLIT, label: "unlock_surplus", cost: "lock", touches: LEAF_COLUMNS, run: release("free_surplus") };
}

function release(next: string): MicroStep["run"] {
  return (k, f) => {
    unlockSizes(k);
    return f.goto(next);
  };
}

function pageOf(f: Frame): number {
  return f.get(LOCAL_PAGE) - 1;
}
