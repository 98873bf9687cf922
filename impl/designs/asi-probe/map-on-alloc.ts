import type { Frame } from "../../../model/frame.ts";
import { type Kernel, LEVEL_SOFTIRQ } from "../../../model/kernel.ts";
import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { SPACE_COLUMNS } from "../../asi/touches.ts";
import { zeroBlock } from "../../mm/alloc-pages.ts";

const LOCAL_INDEX = 0;
const LOCAL_PAGE = 1;
const LOCAL_ORDER = 2;
const LOCAL_REQUEST = 3;

const BLOCK_LOCALS = [
  { name: "index", sort: "count" },
  { name: "page", sort: "pfn", link: true },
  { name: "order", sort: "order" },
] as const;

/**
 * The tail of an allocation: a nonsensitive block is zeroed and mapped leaf by leaf.
 *
 * - **Context**: any.
 * - **Shapes, units**: locals as of the `allocated` hook; answers 1.
 */
export const mapOnAlloc: Program = defineProgram({
  name: "asi_map_page",
  role: "inner",
  locals: [...BLOCK_LOCALS, { name: "request", sort: "request" }],
  steps: [
    {
      label: "zero",
      imitates: "kernel_init_pages",
      needs: "any",
      cost: "zero",
      touches: ["hw.tag"],
      run: (k, f) => {
        if (k.world.requests[f.get(LOCAL_REQUEST)]?.secret === true) return f.return(1);
        zeroBlock(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
        return NEXT;
      },
    },
    {
      label: "set_present",
      imitates: "asi_map",
      needs: "any",
      cost: "map",
      touches: ["tlb.entry", "tlb.epoch", "tlb.clearedAt", ...SPACE_COLUMNS],
      run: (k, f) => {
        k.hw.setPresent(f.get(LOCAL_PAGE) - 1 + f.get(LOCAL_INDEX));
        if (!isLast(f)) return f.goto("set_present");
        // Whoever learns of the page learns of it through memory, after these stores.
        k.fence();
        return f.return(1);
      },
    },
  ],
});

/**
 * The end of free_pages_prepare: what maps the block goes, user mappings first, and every CPU is made to forget it.
 *
 * - **Context**: task, interrupts on.
 * - **Shapes, units**: local 1 the block's link, local 2 its order; answers 0, so that the free goes on, or 1 to keep the
 *   block for good.
 */
export function unmapOnFree(flush: Program, zap: Program, everything: boolean): Program {
  const pagesToFlush = (k: Kernel, f: Frame): number =>
    everything ? k.world.geometry.flushCeilingPages + 1 : 1 << f.get(LOCAL_ORDER);
  const quiet = { imitates: "asi_unmap", needs: "any", cost: "none", touches: [] } as const;
  return defineProgram({
    name: "asi_unmap_page",
    role: "inner",
    locals: BLOCK_LOCALS,
    steps: [
      // No flush may be made in an interrupt: the page is never used again, rather than used too soon.
      { ...quiet, label: "may_flush", run: (k, f) => (k.level >= LEVEL_SOFTIRQ ? f.return(1) : NEXT) },
      { ...quiet, label: "zap", run: (k, f) => (hasUserMaps(k) ? k.call(zap, 0, f.get(LOCAL_PAGE)) : NEXT) },
      {
        label: "clear_present",
        imitates: "asi_unmap",
        needs: "any",
        cost: "unmap",
        touches: ["tlb.entry", "tlb.epoch", "tlb.clearedAt", ...SPACE_COLUMNS],
        run: (k, f) => {
          const pfn = f.get(LOCAL_PAGE) - 1 + f.get(LOCAL_INDEX);
          if (!k.hw.isPresent(pfn)) return f.return(0);
          k.hw.clearPresent(pfn);
          return isLast(f) ? NEXT : f.goto("clear_present");
        },
      },
      { ...quiet, label: "flush", run: (k, f) => k.call(flush, 0, f.get(LOCAL_PAGE), pagesToFlush(k, f)) },
      { ...quiet, label: "done", run: (_k, f) => f.return(0) },
    ],
  });
}

/** Only worlds whose mms have user mappings. */
function hasUserMaps(k: Kernel): boolean {
  return k.world.spaces?.user === true;
}

/** Counts the pages of the block; true, and back at the first, behind the last. */
function isLast(f: Frame): boolean {
  const next = f.get(LOCAL_INDEX) + 1;
  f.set(LOCAL_INDEX, next === 1 << f.get(LOCAL_ORDER) ? 0 : next);
  return f.get(LOCAL_INDEX) === 0;
}
