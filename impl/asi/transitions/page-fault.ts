import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { MOMENT } from "../../../model/moments.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { UNRESTRICTED } from "../../../model/spaces.ts";
import { SPACE_COLUMNS } from "../touches.ts";
import type { AsiSwitches } from "./switches.ts";

const LOCAL_PAGE = 1;

/**
 * `touch(page)`: kernel code outside a critical section reads a page of the physmap. Where the loaded map lacks it, the access
 * faults; the handler leaves the restricted address space and looks whether the page is mapped now.
 *
 *     access ─fault─▶ nest++ · asi_exit · walk the tables that are loaded now ─┬─ mapped: nest-- · retry the access
 *                                                                             └─ not: a real fault
 *
 * asi_exit may find nothing to do, since an NMI has left in between; the walk decides, not what asi_exit answered. The walk
 * goes by present bits alone: helpers such as pmd_present() also say yes for entries that the hardware refuses.
 *
 * - **Context**: task, relaxed.
 * - **Shapes, units**: local 1 is the page's link. Answers 1, or 0 after a real fault.
 * - **Source**: `exc_page_fault()`, `do_kern_addr_fault()` with ASI RFC v2.
 */
export function touchPage(exit: Program, again: Program, switches: AsiSwitches): Program {
  return defineProgram({
    name: "touch_page",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [
      {
        label: "access",
        imitates: "copy_page",
        needs: "any",
        cost: "none",
        touches: ["asi_core.nest", ...SPACE_COLUMNS],
        run: (k, f) => {
          if (isMappedNow(k, f)) return f.return(1);
          const { nest } = k.of(asiColumns);
          nest.set(k.cpu, nest.get(k.cpu) + 1);
          return NEXT;
        },
      },
      silentCall("leave", "asi_exit", exit),
      walk(switches),
      intrExit(),
      silentCall("enter_again", "asi_intr_exit", again),
      { ...silentCall("retry", "exc_page_fault", again), run: (_k, f) => f.goto("access") },
      { ...silentCall("oops", "page_fault_oops", again), run: (_k, f) => f.return(0) },
    ],
  });
}

/**
 * `kernel_map_pages(page, 0)` of debug_pagealloc: takes a page out of the unrestricted map, so that touching it is a real
 * fault.
 *
 * - **Leaves out**: its flush, which is local; the unrestricted map protects nothing here.
 */
export const unmapDirect: Program = defineProgram({
  name: "debug_pagealloc_unmap",
  role: "inner",
  locals: [
    { name: "result", sort: "count" },
    { name: "page", sort: "pfn", link: true },
  ],
  steps: [
    {
      label: "clear_direct",
      imitates: "set_direct_map_invalid_noflush",
      needs: "any",
      cost: "unmap",
      touches: SPACE_COLUMNS,
      run: (k, f) => {
        k.spaces.clearDirect(f.get(LOCAL_PAGE) - 1);
        return f.return(0);
      },
    },
  ],
});

function walk(switches: AsiSwitches): MicroStep {
  return {
    label: "walk_tables",
    imitates: "spurious_kernel_fault",
    needs: "any",
    cost: "none",
    touches: ["asi_core.nest", ...SPACE_COLUMNS],
    run: (k, f) => {
      const mapped = isMappedNow(k, f);
      if (mapped || switches.faultBelievesPmdPresent) {
        k.moments.push(MOMENT.faultRetry, k.cpu, mapped ? 1 : 0);
        return NEXT;
      }
      const { nest } = k.of(asiColumns);
      nest.set(k.cpu, nest.get(k.cpu) - 1);
      return f.goto("oops");
    },
  };
}

function intrExit(): MicroStep {
  return {
    label: "intr_exit",
    imitates: "asi_intr_exit",
    needs: "any",
    cost: "none",
    touches: ["asi_core.nest"],
    run: (k) => {
      const { nest } = k.of(asiColumns);
      nest.set(k.cpu, nest.get(k.cpu) - 1);
      return NEXT;
    },
  };
}

function silentCall(label: string, imitates: string, program: Program): MicroStep {
  return { label, imitates, needs: "any", cost: "none", touches: [], run: (k) => k.call(program) };
}

/** By the present bits of the tables under the root that is loaded. */
function isMappedNow(k: Kernel, f: Frame): boolean {
  const pfn = f.get(LOCAL_PAGE) - 1;
  return k.spaces.viewOf(k.cpu) === UNRESTRICTED ? k.spaces.isDirectPresent(pfn) : k.hw.isPresent(pfn);
}
