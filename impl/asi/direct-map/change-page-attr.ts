import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { MOMENT } from "../../../model/moments.ts";
import { BLOCKED, defineProgram, LOCAL_RESULT, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { underBlockLeaf } from "../physmap/leaves.ts";
import { LEAF_COLUMNS } from "../physmap/map-columns.ts";
import { passSizeLock } from "../physmap/size-lock.ts";
import type { Change } from "./mirror-rule.ts";

const LOCAL_PAGE = 1;

/** What the callers of change_page_attr() need of the design: how to flush, and how to split, where leaves can be large. */
export interface AttrParts {
  readonly flush: Program;
  readonly split?: Program;
}

/**
 * One of the kernel's functions that change a page's entry in the direct map, as a call of a scenario: one or more changes, each
 * repeated on the restricted map and followed by a flush.
 *
 *     (large leaf: split) · change the direct map · mirror · flush · … · return
 *
 * The mirror comes second, so that for a while the restricted map may show more than the direct one, never more than it did.
 *
 * - **Context**: task; interrupts on, no lock held.
 * - **Shapes, units**: local 1 the page's link; answers 1, or 0 when a leaf could not be split (then nothing has changed).
 * - **Leaves out**: NX and caching attributes, which nothing here depends on; pages in other than the direct map.
 * - **Source**: `change_page_attr_set_clr()`, `__change_page_attr()`, `cpa_flush()` in arch/x86/mm/pat/set_memory.c, the same in
 *   v6.1 and v6.12: every changed entry is flushed, a permission that was added too.
 */
export function changePageAttr(name: string, changes: readonly Change[], parts: AttrParts): Program {
  return defineProgram({
    name,
    role: "direct-map",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [...changes.flatMap((change) => stepsOf(change, parts)), done()],
  });
}

const ATTR = { imitates: "__change_page_attr", needs: "any" } as const;

function stepsOf(change: Change, { flush, split }: AttrParts): MicroStep[] {
  const { label } = change;
  return [
    ...(split === undefined ? [] : splitSteps(label, split)),
    {
      ...ATTR,
      label: `change_${label}`,
      cost: "map",
      touches: LEAF_COLUMNS,
      run: (k, f) => {
        if (!passSizeLock(k)) return BLOCKED;
        if (split !== undefined && underBlockLeaf(k, pageOf(f))) return f.goto(`look_${label}`);
        change.direct(k, pageOf(f));
        return NEXT;
      },
    },
    {
      ...ATTR,
      label: `mirror_${label}`,
      cost: "map",
      touches: LEAF_COLUMNS,
      run: (k, f) => {
        change.mirror(k, pageOf(f));
        k.fence();
        return NEXT;
      },
    },
    {
      imitates: "cpa_flush",
      needs: "any",
      label: `flush_${label}`,
      cost: "none",
      touches: [],
      run: (k, f) => k.call(flush, 0, f.get(LOCAL_PAGE), 1),
    },
  ];
}

/** A page under a large leaf has no entry of its own to change. */
function splitSteps(label: string, split: Program): MicroStep[] {
  return [
    {
      ...ATTR,
      label: `look_${label}`,
      cost: "none",
      touches: LEAF_COLUMNS,
      run: (k, f) => {
        if (!underBlockLeaf(k, pageOf(f))) return f.goto(`change_${label}`);
        return k.call(split, 0, f.get(LOCAL_PAGE));
      },
    },
    {
      ...ATTR,
      label: `split_${label}`,
      cost: "none",
      touches: [],
      run: (_k, f) => (f.get(LOCAL_RESULT) === 0 ? f.return(0) : NEXT),
    },
  ];
}

function done(): MicroStep {
  return {
    imitates: "change_page_attr_set_clr",
    needs: "any",
    label: "return",
    cost: "none",
    touches: LEAF_COLUMNS,
    run: (k: Kernel, f: Frame) => {
      k.moments.push(MOMENT.directChanged, pageOf(f), 1);
      return f.return(1);
    },
  };
}

function pageOf(f: Frame): number {
  return f.get(LOCAL_PAGE) - 1;
}
