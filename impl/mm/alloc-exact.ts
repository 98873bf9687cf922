import type { Hooks } from "../../model/design.ts";
import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { LOCAL_END, LOCAL_REQUEST, LOCAL_RESULT, type MicroStep, NEXT, type Program } from "../../model/program.ts";
import { zeroBlock, zoneLockStep } from "./alloc-pages.ts";
import { zoneLock } from "./columns.ts";
import { freeUnderLock, noteFreedType } from "./free-unref.ts";
import { BUDDY_COLUMNS, HAND_OUT_COLUMNS } from "./touches.ts";
import { defineWholeProgram } from "./whole-program.ts";
import { zoneOfPage } from "./zones.ts";

/** The number of pages asked for; from the end on, link of the page behind the last, which is where a range's end belongs. */
const LOCAL_PAGES = 2;
const LOCAL_FIRST = 3;
/** Link of the page of the tail that is being freed. */
const LOCAL_AT = 4;

/**
 * `alloc_pages_exact`: the smallest block that holds the pages, split into single ones, of which those behind the last go
 * back at once, to the tails of the buddy lists and past the per-CPU lists. The pages are freed one by one
 * (free_pages_exact), as any.
 *
 * - **Shapes, units**: local 1 the request, local 2 the number of pages; answers the link of the first.
 * - **Errors**: 0 where alloc_pages fails, or the block would be larger than the largest.
 * - **Leaves out**: split_page() itself, which changes nothing but who counts references: an owner's `ledger.split`.
 * - **Source**: `alloc_pages_exact_noprof()`, `make_alloc_exact()`, `split_page()` in mm/page_alloc.c.
 */
export function allocExact(hooks: Hooks, alloc: Program): Program {
  return defineWholeProgram({
    name: "alloc_pages_exact",
    role: "range",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "pages", sort: "count" },
      { name: "first", sort: "pfn", link: true },
      { name: "at", sort: "pfn", link: true },
    ],
    steps: [...allocSteps(alloc), ...tailSteps(hooks)],
  });
}

/** get_order(): log2 of the smallest block that holds the pages. */
export function orderOfPages(pages: number): number {
  return 32 - Math.clz32(pages - 1);
}

function allocSteps(alloc: Program): MicroStep[] {
  const common = { needs: "any", cost: "none", touches: [] } as const;
  return [
    {
      ...common,
      label: "alloc",
      imitates: "alloc_pages_exact_noprof",
      run: (k, f) =>
        f.get(LOCAL_PAGES) === 0
          ? f.return(0)
          : k.call(alloc, 0, f.get(LOCAL_REQUEST), orderOfPages(f.get(LOCAL_PAGES)), 0),
    },
    {
      ...common,
      label: "split",
      imitates: "make_alloc_exact",
      run: (_k, f) => {
        const first = f.get(LOCAL_RESULT);
        if (first === 0) return f.return(0);
        f.set(LOCAL_FIRST, first);
        f.set(LOCAL_AT, first + f.get(LOCAL_PAGES));
        return NEXT;
      },
    },
  ];
}

function tailSteps({ freePrepare }: Hooks): MicroStep[] {
  const next: MicroStep = {
    label: "tail",
    imitates: "__free_pages_ok",
    needs: "any",
    cost: "none",
    touches: ["mm.blockType", "mm.listedType", ...HAND_OUT_COLUMNS],
    run: (k, f) => {
      const at = f.get(LOCAL_AT);
      const first = f.get(LOCAL_FIRST);
      if (at === first + 2 ** orderOfPages(f.get(LOCAL_PAGES))) {
        f.set(LOCAL_END, first + f.get(LOCAL_PAGES));
        return f.return(first);
      }
      noteFreedType(k, at - 1);
      if (k.world.whole?.initOnFree === true) zeroBlock(k, at - 1, 0);
      return freePrepare === undefined ? NEXT : k.call(freePrepare, 0, at, 0);
    },
  };
  const handled: MicroStep = {
    label: "handled",
    imitates: "free_pages_prepare",
    needs: "any",
    cost: "none",
    touches: [],
    run: (_k, f) => {
      if (f.get(LOCAL_RESULT) !== 1) return NEXT;
      f.set(LOCAL_AT, f.get(LOCAL_AT) + 1);
      return f.goto("tail");
    },
  };
  return [
    next,
    ...(freePrepare === undefined ? [] : [handled]),
    zoneLockStep("tail_lock", "free_one_page", zoneOfTail),
    {
      label: "tail_free",
      imitates: "free_one_page",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        freeUnderLock(k, f.get(LOCAL_AT) - 1, 0, "tail");
        k.unlockIrqRestore(zoneLock(zoneOfTail(k, f)));
        f.set(LOCAL_AT, f.get(LOCAL_AT) + 1);
        return f.goto("tail");
      },
    },
  ];
}

function zoneOfTail(k: Kernel, f: Frame): number {
  return zoneOfPage(k, f.get(LOCAL_AT) - 1);
}
