import { BLOCKED, defineProgram, LOCAL_RESULT, type MicroStep, type Program } from "../../../model/program.ts";
import { blockOf, clearBlockLeaf, pagesOfBlock, underBlockLeaf } from "./leaves.ts";
import { LEAF_COLUMNS, RANGE_LOCALS } from "./map-columns.ts";
import { passSizeLock } from "./size-lock.ts";
import { coversBlock, onward, pageAt } from "./sized-map.ts";
import type { MapSwitches, SizedOptions } from "./sized-options.ts";

/**
 * Unmaps a range leaf by leaf. A large leaf of which the range is only a part is split first: there is nothing smaller to
 * clear (S27).
 *
 * - **Context**: any where no leaf has to be split; else that of the split.
 * - **Errors**: answers 0 when a leaf could not be split; then nothing has changed.
 * - **Source**: `asi_unmap()` of ASI RFC v2; `__change_page_attr()` in arch/x86/mm/pat/set_memory.c for the split.
 */
export function sizedUnmap(options: SizedOptions, split: Program): Program {
  return defineProgram({
    name: "asi_unmap",
    role: "inner",
    locals: RANGE_LOCALS,
    steps: [clearLeaf(options.switches), ...splitSteps(split)],
  });
}

function clearLeaf(switches: MapSwitches): MicroStep {
  return {
    label: "leaf",
    imitates: "asi_unmap",
    needs: "any",
    cost: "unmap",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      if (!passSizeLock(k)) return BLOCKED;
      const pfn = pageAt(f);
      const block = blockOf(k, pfn);
      const whole = coversBlock(k, f);
      if (!underBlockLeaf(k, pfn) || (switches.cutsLeaf && !whole)) {
        k.hw.clearPresent(pfn);
        return onward(k, f, 1);
      }
      if (!whole) return f.goto("split");
      clearBlockLeaf(k, block);
      return onward(k, f, pagesOfBlock(k, block).length);
    },
  };
}

function splitSteps(split: Program): MicroStep[] {
  const silent = { imitates: "split_large_page", needs: "any", cost: "none", touches: [] } as const;
  return [
    { ...silent, label: "split", run: (k, f) => k.call(split, 0, pageAt(f) + 1) },
    { ...silent, label: "split_done", run: (_k, f) => (f.get(LOCAL_RESULT) === 0 ? f.return(0) : f.goto("leaf")) },
  ];
}
