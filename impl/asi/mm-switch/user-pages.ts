import type { Frame } from "../../../model/frame.ts";
import { TAG_SECRET } from "../../../model/hardware-columns.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { ASKED_SENSITIVE } from "../../../model/ledger.ts";
import { BLOCKED, defineProgram, type Outcome, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import {
  LOCAL_MM,
  noteCounter,
  PENDING_LOCALS,
  recordFlushed,
  type ZapSwitches,
} from "../shootdown/flush-batched-pending.ts";
import { BATCH_COLUMNS, isBatchPending, tlbBatch } from "../shootdown/tlbbatch.ts";
import { CORE_COLUMNS, SPACE_COLUMNS } from "../touches.ts";

/** Of `zap`: the freed block, as a link; the mm whose PTE it is about and its counter follow, as flush-batched-pending.ts has it. */
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
      touches: [...CORE_COLUMNS, ...SPACE_COLUMNS, ...BATCH_COLUMNS, "ledger.order", "ledger.asked"],
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
 * What munmap does to a page before it may be freed: each mm that maps it has the entry cleared and its CPUs flushed. Where
 * reclaim has cleared the entry and not flushed yet, the whole mm is flushed instead, and what was pending when that began is
 * taken for flushed, unless more has become pending since.
 *
 * - **Context**: task, interrupts on.
 * - **Shapes, units**: local 1 is the page's link; `flush` takes the page's link, the pages (0: all), and the mm's link, as locals
 *   1 to 3.
 * - **Source**: `zap_pte_range()`, `tlb_finish_mmu()`; `flush_tlb_batched_pending()` in mm/rmap.c, v6.12.
 */
export function zapUserPage(flush: Program, switches: Partial<ZapSwitches> = {}): Program {
  const quiet = { needs: "any", cost: "none", touches: [] } as const;
  const regardless = switches.forgetsNewPending === true;
  return defineProgram({
    name: "zap_pte_range",
    role: "inner",
    locals: PENDING_LOCALS,
    steps: [
      {
        label: "clear_pte",
        imitates: "ptep_get_and_clear",
        needs: "any",
        cost: "unmap",
        touches: [...SPACE_COLUMNS, ...BATCH_COLUMNS, "cpu.preemptOff"],
        // Where nothing is pending the page-table lock is taken and released within the step.
        run: (k, f): Outcome => {
          const mm = userOf(k, f);
          if (mm < 0) return f.return(0);
          const { ptl } = k.of(tlbBatch);
          if (ptl.get(f.get(LOCAL_PAGE) - 1) === 1) return BLOCKED;
          f.set(LOCAL_MM, mm + 1);
          if (switches.skipsBatched === true || !isBatchPending(k, mm)) return clearEntry(k, f);
          noteCounter(k, f);
          ptl.set(f.get(LOCAL_PAGE) - 1, 1);
          k.preemptDisable();
          return f.goto("flush_pending");
        },
      },
      {
        ...quiet,
        label: "flush",
        imitates: "tlb_flush",
        run: (k, f) => k.call(flush, 0, f.get(LOCAL_PAGE), 1, f.get(LOCAL_MM)),
      },
      { ...quiet, label: "next_mm", imitates: "zap_pte_range", run: (_k, f) => f.goto("clear_pte") },
      {
        ...quiet,
        label: "flush_pending",
        imitates: "flush_tlb_batched_pending",
        run: (k, f) => k.call(flush, 0, f.get(LOCAL_PAGE), 0, f.get(LOCAL_MM)),
      },
      {
        label: "record_flushed",
        imitates: "flush_tlb_batched_pending",
        needs: "any",
        cost: "none",
        touches: [...SPACE_COLUMNS, ...BATCH_COLUMNS, "cpu.preemptOff"],
        run: (k, f) => {
          recordFlushed(k, f, regardless);
          k.of(tlbBatch).ptl.set(f.get(LOCAL_PAGE) - 1, 0);
          k.preemptEnable();
          return clearEntry(k, f);
        },
      },
    ],
  });
}

/** A mapping has to be flushed; a swap entry has nothing behind it but what is pending. */
function clearEntry(k: Kernel, f: Frame): Outcome {
  const mm = f.get(LOCAL_MM) - 1;
  const pfn = f.get(LOCAL_PAGE) - 1;
  if (!k.spaces.isUserMapped(mm, pfn)) {
    k.of(tlbBatch).swapped.set(mm * k.world.pages + pfn, 0);
    return f.goto("next_mm");
  }
  k.spaces.clearUser(mm, pfn);
  return f.goto("flush");
}

function ownPages(k: Kernel): number[] {
  const mm = k.of(asiColumns).taskMm.get(k.cpu);
  const pages: number[] = [];
  for (let pfn = 0; pfn < k.world.pages && mm < k.world.mms; pfn++) {
    if (k.ledger.order(pfn) !== 0 || k.ledger.asked(pfn) !== ASKED_SENSITIVE) continue;
    if (k.hw.tag(pfn) === TAG_SECRET + mm && isPteNone(k, mm, pfn)) pages.push(pfn);
  }
  return pages;
}

/** The first mm whose PTE for the page is not empty. */
function userOf(k: Kernel, f: Frame): number {
  const pfn = f.get(LOCAL_PAGE) - 1;
  for (let mm = 0; mm < k.world.mms; mm++) if (!isPteNone(k, mm, pfn)) return mm;
  return -1;
}

/** Neither a mapping nor a swap entry. */
function isPteNone(k: Kernel, mm: number, pfn: number): boolean {
  return !k.spaces.isUserMapped(mm, pfn) && k.of(tlbBatch).swapped.get(mm * k.world.pages + pfn) === 0;
}
