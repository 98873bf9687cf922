import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { BLOCKED, defineProgram, type MicroStep, type Outcome, type Program } from "../../../model/program.ts";
import { blockOf, clearBlockLeaf, mayShow, pagesOfBlock, storeBlockLeaf, underBlockLeaf } from "./leaves.ts";
import { LEAF_COLUMNS, LOCAL_AT, LOCAL_ORDER, LOCAL_PAGE, RANGE_LOCALS } from "./map-columns.ts";
import { passSizeLock } from "./size-lock.ts";
import { allowsBlockLeaf, lacksTable, type SizedOptions } from "./sized-options.ts";
import { allocTable, freeSurplus, hangTable } from "./table-steps.ts";

const FAILS = 1;

/**
 * Maps a range leaf by leaf: a large leaf where the range covers a block and nothing smaller is in the way, else 4K leaves, in
 * a table that is allocated where there is none. What cannot be finished is undone.
 *
 *     leaf ──▶ leaf ──▶ (no table) alloc_table ──▶ got_table ──▶ hang ──▶ leaf ──▶ … ──▶ 1
 *                                └── failed ──▶ undo ──▶ undo ──▶ … ──▶ 0
 *
 * - **Context**: that of the allocation if a table may be missing; else any.
 * - **Errors**: answers 0 when a table could not be had; then nothing of the range is mapped any more. A leaf that was present
 *   for a moment may be cached: the caller flushes before it counts the pages as unmapped.
 * - **Source**: `asi_map_gfp()` of ASI RFC v2 and its 2022 predecessor, which leave a partial mapping.
 */
export function sizedMap(options: SizedOptions): Program {
  const undo = (f: Frame): Outcome => f.goto("undo");
  const allocates = options.tables !== "deposited";
  return defineProgram({
    name: "asi_map",
    role: "inner",
    locals: [...RANGE_LOCALS, { name: "table", sort: "pfn", link: true }],
    steps: [
      storeLeaf(options),
      ...(allocates ? [...allocTable(options, undo), hang(options), ...freeSurplus("leaf")] : []),
      ...undoSteps(options),
    ],
  });
}

function storeLeaf(options: SizedOptions): MicroStep {
  const step: MicroStep = {
    label: "leaf",
    imitates: "asi_map_gfp",
    needs: "any",
    cost: "map",
    touches: LEAF_COLUMNS,
    run: (k, f, choice) => {
      if (!passSizeLock(k)) return BLOCKED;
      if (choice === FAILS) return f.goto("undo");
      const pfn = pageAt(f);
      const block = blockOf(k, pfn);
      if (coversBlock(k, f) && allowsBlockLeaf(k, options, block, pagesOfBlock(k, block))) {
        storeBlockLeaf(k, block);
        return onward(k, f, pagesOfBlock(k, block).length);
      }
      if (underBlockLeaf(k, pfn) || !mayShow(k, pfn)) return onward(k, f, 1);
      if (lacksTable(k, options, block)) return f.goto("alloc_table");
      k.hw.setPresent(pfn);
      return onward(k, f, 1);
    },
  };
  return options.failAtLeaves ? { ...step, choices: (k) => (k.world.spaces?.tables === true ? 2 : 1) } : step;
}

/** Another CPU may have hung a table in meanwhile. */
function hang(options: SizedOptions): MicroStep {
  return {
    label: "hang_table",
    imitates: "set_pmd_safe",
    needs: "any",
    cost: "none",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      if (!passSizeLock(k)) return BLOCKED;
      const block = blockOf(k, pageAt(f));
      if (!lacksTable(k, options, block)) return f.goto("free_surplus");
      hangTable(k, options, f, block);
      return f.goto("leaf");
    },
  };
}

function undoSteps({ switches }: SizedOptions): MicroStep[] {
  return [
    {
      label: "undo",
      imitates: "asi_unmap",
      needs: "any",
      cost: "unmap",
      touches: LEAF_COLUMNS,
      run: (k, f) => {
        if (!passSizeLock(k)) return BLOCKED;
        if (switches.keepsPartialMap || f.get(LOCAL_AT) === 0) return f.return(0);
        const pfn = pageAt(f) - 1;
        if (switches.clearsUpper && k.world.spaces?.tables === true) {
          clearUpper(k, blockOf(k, pfn));
          return f.return(0);
        }
        if (underBlockLeaf(k, pfn)) {
          clearBlockLeaf(k, blockOf(k, pfn));
          f.set(LOCAL_AT, f.get(LOCAL_AT) - pagesOfBlock(k, 0).length);
        } else {
          k.hw.clearPresent(pfn);
          f.set(LOCAL_AT, f.get(LOCAL_AT) - 1);
        }
        k.fence();
        return f.get(LOCAL_AT) === 0 ? f.return(0) : f.goto("undo");
      },
    },
  ];
}

/** The canary's short cut: one store takes the table away again, with all of its leaves. */
function clearUpper(k: Kernel, block: number): void {
  k.spaces.unlinkTable(block);
  for (const pfn of pagesOfBlock(k, block)) k.hw.clearPresent(pfn);
}

/** The page that the range's program has come to. */
export function pageAt(f: Frame): number {
  return f.get(LOCAL_PAGE) - 1 + f.get(LOCAL_AT);
}

/** What is left of the range begins with a whole block. */
export function coversBlock(k: Kernel, f: Frame): boolean {
  const pages = 2 ** k.world.geometry.pageblockOrder;
  return pageAt(f) % pages === 0 && f.get(LOCAL_AT) + pages <= 2 ** f.get(LOCAL_ORDER);
}

/** On by so many pages to the next leaf, the lock released (whoever takes it next sees the store); answers 1 behind the last. */
export function onward(k: Kernel, f: Frame, pages: number): Outcome {
  k.fence();
  f.set(LOCAL_AT, f.get(LOCAL_AT) + pages);
  return f.get(LOCAL_AT) < 2 ** f.get(LOCAL_ORDER) ? f.goto("leaf") : f.return(1);
}
