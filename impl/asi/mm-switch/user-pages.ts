import type { Frame } from "../../../model/frame.ts";
import { TAG_SECRET } from "../../../model/hardware-columns.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { ASKED_SENSITIVE } from "../../../model/ledger.ts";
import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { CORE_COLUMNS, SPACE_COLUMNS } from "../touches.ts";

/** Of `zap`: the freed block, and the mm whose mapping was just cleared, as links. */
const LOCAL_PAGE = 1;

/**
 * `mmap_fault`: a task maps one of its own sensitive pages into its user space, which its restricted tables share.
 *
 * Which page is the workload's choice among what it was given; a mapped page goes away with the free that gives it back.
 *
 * - **Context**: task with an mm.
 * - **Source**: `do_anonymous_page()` in mm/memory.c, from the point at which it has its page.
 */
export const mmapFault: Program = defineProgram({
  name: "mmap_fault",
  role: "inner",
  locals: [{ name: "result", sort: "count" }],
  steps: [
    {
      label: "set_pte",
      imitates: "set_pte_at",
      needs: "any",
      cost: "map",
      touches: [...CORE_COLUMNS, ...SPACE_COLUMNS, "ledger.order", "ledger.asked"],
      choices: (k) => Math.max(1, ownPages(k).length),
      run: (k, f, choice) => {
        const pfn = ownPages(k)[choice];
        if (pfn === undefined) return f.return(0);
        k.spaces.setUser(k.of(asiColumns).taskMm.get(k.cpu), pfn);
        return f.return(1);
      },
    },
  ],
});

/**
 * What munmap does to a page before it may be freed: each mm that maps it has the entry cleared and its CPUs flushed.
 *
 * - **Context**: task, interrupts on.
 * - **Shapes, units**: local 1 is the page's link; `flush` takes the page's link, 1, and the mm's link, as locals 1 to 3.
 * - **Source**: `zap_pte_range()`, `tlb_finish_mmu()`.
 */
export function zapUserPage(flush: Program): Program {
  return defineProgram({
    name: "zap_pte_range",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "mm", sort: "mm", link: true },
    ],
    steps: [
      {
        label: "clear_pte",
        imitates: "ptep_get_and_clear",
        needs: "any",
        cost: "unmap",
        touches: [...SPACE_COLUMNS],
        run: (k, f) => {
          const mm = userOf(k, f);
          if (mm < 0) return f.return(0);
          k.spaces.clearUser(mm, f.get(LOCAL_PAGE) - 1);
          f.set(2, mm + 1);
          return NEXT;
        },
      },
      {
        label: "flush",
        imitates: "tlb_flush",
        needs: "any",
        cost: "none",
        touches: [],
        run: (k, f) => k.call(flush, 0, f.get(LOCAL_PAGE), 1, f.get(2)),
      },
      {
        label: "next_mm",
        imitates: "zap_pte_range",
        needs: "any",
        cost: "none",
        touches: [],
        run: (_k, f) => f.goto("clear_pte"),
      },
    ],
  });
}

function ownPages(k: Kernel): number[] {
  const mm = k.of(asiColumns).taskMm.get(k.cpu);
  const pages: number[] = [];
  for (let pfn = 0; pfn < k.world.pages && mm < k.world.mms; pfn++) {
    if (k.ledger.order(pfn) !== 0 || k.ledger.asked(pfn) !== ASKED_SENSITIVE) continue;
    if (k.hw.tag(pfn) === TAG_SECRET + mm && !k.spaces.isUserMapped(mm, pfn)) pages.push(pfn);
  }
  return pages;
}

function userOf(k: Kernel, f: Frame): number {
  for (let mm = 0; mm < k.world.mms; mm++) if (k.spaces.isUserMapped(mm, f.get(LOCAL_PAGE) - 1)) return mm;
  return -1;
}
