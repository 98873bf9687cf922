import { defineColumns } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import {
  defineProgram,
  LOCAL_ORDER,
  LOCAL_REQUEST,
  LOCAL_RESULT,
  type MicroStep,
  NEXT,
  type Program,
} from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import type { ListKind } from "../../../model/world.ts";
import type { Part, Shootdown } from "../../asi/parts.ts";
import { LEAF_COLUMNS } from "../../asi/physmap/map-columns.ts";
import { allocatorOf, tableRequest } from "../../asi/physmap/page-tables.ts";
import { HAND_OUT_COLUMNS, LIST_COLUMNS } from "../../mm/touches.ts";

/** The frame that all mms share for memory nobody has written to. */
export const HUGE_ZERO_LIST: ListKind = { name: "huge-zero-page", count: 1, mustDrain: false, parked: true };

const zeroColumns = defineColumns("zero", {
  /** huge_zero_refcount: mms that map the frame, or whose CPUs may still hold it. */
  users: { sort: "count", owner: "design", per: [], max: (w) => w.mms, when: (w) => w.spaces?.user === true },
});

const COLUMNS = [...LEAF_COLUMNS, ...LIST_COLUMNS, "zero.users", "asi_core.taskMm", "hw.tag"] as const;

/**
 * A frame of user memory that every mm maps and nobody owns. It may go back to the page allocator when no mm uses it, and an
 * mm has used it until its CPUs have forgotten it.
 *
 * Calls: `get_huge_zero_page` maps it for the task's mm; `zap_huge_zero_page` takes that mapping away, flushes and drops the
 * reference; `shrink_huge_zero_page` frees the frame when no reference is left; `alloc_user_page(request, order)` is
 * alloc_pages, for scenarios that want no other allocation.
 *
 * - **Source**: `mm_get_huge_zero_folio()`, `shrink_huge_zero_page_scan()`, `zap_huge_pmd()` in mm/huge_memory.c. The flush
 *   there is mmu_gather's, and the reference was once dropped before it (bug 15 of the catalogue).
 */
export function hugeZeroPage(
  shootdown: Shootdown,
  dropsFirst: boolean,
): Part & { readonly lists: readonly ListKind[] } {
  const programs = [getPage(), zapPage(shootdown.flush, dropsFirst), shrink(), allocUserPage()];
  return {
    groups: [...shootdown.groups, zeroColumns],
    programs: [...shootdown.programs, ...programs],
    calls: Object.fromEntries(programs.map((program) => [program.name, program])),
    lists: [HUGE_ZERO_LIST],
  };
}

const LOCALS = [
  { name: "result", sort: "count" },
  { name: "page", sort: "pfn", link: true },
] as const;
const ZERO = { needs: "any", cost: "none", touches: COLUMNS } as const;

function getPage(): Program {
  return defineProgram({
    name: "get_huge_zero_page",
    role: "inner",
    locals: LOCALS,
    steps: [
      {
        ...ZERO,
        label: "map",
        imitates: "set_huge_zero_folio",
        run: (k, f) => {
          const frame = zeroFrame(k);
          if (frame < 0) return k.call(allocatorOf(k).alloc, 0, tableRequest(k, true), 0);
          mapUser(k, frame);
          return f.return(1);
        },
      },
      {
        ...ZERO,
        label: "allocated",
        imitates: "get_huge_zero_page",
        run: (k, f) => {
          const link = f.get(LOCAL_RESULT);
          if (link === 0) return f.return(0);
          if (zeroFrame(k) >= 0) return k.call(allocatorOf(k).free, 0, 0, 0, link);
          k.hw.zero(link - 1);
          k.lists.addTail(k.listOf("huge-zero-page", 0), link - 1, 0);
          return NEXT;
        },
      },
      { ...ZERO, label: "again", imitates: "get_huge_zero_page", touches: [], run: (_k, f) => f.goto("map") },
    ],
  });
}

function zapPage(flush: Program, dropsFirst: boolean): Program {
  const drop: MicroStep = {
    ...ZERO,
    label: "drop",
    imitates: "put_huge_zero_page",
    run: (k) => {
      const { users } = k.of(zeroColumns);
      users.set(0, users.get(0) - 1);
      return NEXT;
    },
  };
  const flushAll: MicroStep = {
    ...ZERO,
    label: "flush",
    imitates: "tlb_flush_mmu",
    touches: [],
    run: (k) => k.call(flush, 0, 1, k.world.pages),
  };
  return defineProgram({
    name: "zap_huge_zero_page",
    role: "inner",
    locals: LOCALS,
    steps: [
      {
        ...ZERO,
        label: "zap",
        imitates: "zap_huge_pmd",
        run: (k, f) => {
          const frame = zeroFrame(k);
          if (frame < 0 || !k.spaces.isUserMapped(taskMm(k), frame)) return f.return(0);
          k.spaces.clearUser(taskMm(k), frame);
          return NEXT;
        },
      },
      ...(dropsFirst ? [drop, flushAll] : [flushAll, drop]),
      { ...ZERO, label: "done", imitates: "zap_huge_pmd", touches: [], run: (_k, f) => f.return(1) },
    ],
  });
}

function shrink(): Program {
  return defineProgram({
    name: "shrink_huge_zero_page",
    role: "inner",
    locals: LOCALS,
    steps: [
      {
        ...ZERO,
        label: "free",
        imitates: "shrink_huge_zero_page_scan",
        run: (k, f) => {
          const frame = zeroFrame(k);
          if (frame < 0 || k.of(zeroColumns).users.get(0) > 0) return f.return(0);
          k.lists.remove(k.listOf("huge-zero-page", 0), frame);
          return k.call(allocatorOf(k).free, 0, 0, 0, frame + 1);
        },
      },
      { ...ZERO, label: "done", imitates: "shrink_huge_zero_page_scan", touches: [], run: (_k, f) => f.return(1) },
    ],
  });
}

function allocUserPage(): Program {
  const step = { needs: "any", imitates: "vma_alloc_folio", cost: "none", touches: [] } as const;
  return defineProgram({
    name: "alloc_user_page",
    role: "alloc",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "order", sort: "order" },
    ],
    steps: [
      {
        ...step,
        label: "alloc",
        run: (k, f) => k.call(allocatorOf(k).alloc, 0, f.get(LOCAL_REQUEST), f.get(LOCAL_ORDER)),
      },
      {
        ...step,
        label: "hand_out",
        touches: HAND_OUT_COLUMNS,
        run: (_k, f) => f.return(f.get(LOCAL_RESULT)),
      },
    ],
  });
}

function mapUser(k: Kernel, frame: number): void {
  if (k.spaces.isUserMapped(taskMm(k), frame)) return;
  k.spaces.setUser(taskMm(k), frame);
  const { users } = k.of(zeroColumns);
  users.set(0, users.get(0) + 1);
}

/** The frame, or -1 while there is none. */
function zeroFrame(k: Kernel): number {
  return k.lists.first(k.listOf("huge-zero-page", 0));
}

/** A kernel thread acts for the first mm, as the ledger has it. */
function taskMm(k: Kernel): number {
  return k.of(asiColumns).taskMm.get(k.cpu) % k.world.mms;
}
