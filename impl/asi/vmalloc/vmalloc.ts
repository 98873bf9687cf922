import { defineColumns } from "../../../model/column.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { ASKED_NONSENSITIVE } from "../../../model/ledger.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import type { World } from "../../../model/world.ts";
import type { Part, Shootdown } from "../parts.ts";
import { SPACE_COLUMNS } from "../touches.ts";

const LOCAL_AREA = 1;
const LOCAL_PAGE = 1;
/** Of a flush that covers areas: the set of those that had been freed when it began. */
const LOCAL_AREAS = 3;

const vmaps = (w: World): boolean => (w.spaces?.vmaps ?? 0) > 0;

export const vmallocColumns = defineColumns("vmalloc", {
  /** The area has been freed and no flush has covered it: its address is not given out again, CPUs may still hold its entry. */
  lazy: { sort: "bool", owner: "kernel", per: ["vmap"], when: vmaps },
});

/** Kernel areas beside the physmap, and what a design has to do about them. */
export interface VmallocPart extends Part {
  /** What a free does first: the areas that show the block lose it. Locals 1 the block's link, 2 its order. */
  readonly freePrepare: Program;
  /** The same shootdown, covering areas that were freed before it began. */
  cover(shootdown: Shootdown): Shootdown;
}

/**
 * vmap, vmalloc and the kernel image: one-page areas that show a page a second time, in restricted address spaces too.
 *
 *     vmap(area): the area shows one of the task's nonsensitive pages
 *     free of such a page: vfree: entry cleared, area *lazy*, nothing flushed · the page goes on to be freed
 *     purge_vmap_area_lazy: flush everything · areas that were lazy before are free
 *
 * The danger: a flip that knows only the physmap's address flushes that one page, and the page is read through the area's stale
 * entry. **Choice**: vfree stays lazy and legal in any context, and the shootdown of a flip covers areas: while some area is
 * lazy it flushes everything, as a purge would, and purges. No page can become sensitive between vfree and that flush, for
 * it has to be flipped first.
 *
 * - **Shapes, units**: areas hold one page; which page is the workload's choice. `purge` is the shootdown of purges.
 * - **Source**: `vmap()`, `vfree()`, `__purge_vmap_area_lazy()`, `vm_reset_perms()` in mm/vmalloc.c, v6.12.
 */
export function vmallocAreas(purge: Shootdown, forgetAliases = false): VmallocPart {
  const covering = purgeWith(purge.flush);
  const freePrepare = vfreePage();
  const calls = { vmap: vmap(), purge_vmap_area_lazy: covering, free_initmem: freeInitmem(purge.flush) };
  return {
    groups: [vmallocColumns, ...purge.groups],
    programs: [...purge.programs, freePrepare, ...Object.values(calls)],
    calls,
    freePrepare,
    cover: (shootdown) => (forgetAliases ? shootdown : coverAreas(shootdown)),
  };
}

/** `vmap()`: an area that is free shows a page that the task owns. */
function vmap(): Program {
  return defineProgram({
    name: "vmap",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "area", sort: "count" },
    ],
    steps: [
      {
        label: "set_pte",
        imitates: "vmap_pages_pte_range",
        needs: "any",
        cost: "map",
        touches: [...SPACE_COLUMNS, "vmalloc.lazy", "ledger.order", "ledger.asked"],
        choices: (k) => Math.max(1, kernelPages(k).length),
        run: (k, f, choice) => {
          const area = f.get(LOCAL_AREA) - 1;
          const pfn = kernelPages(k)[choice];
          if (pfn === undefined || k.spaces.area(area) >= 0 || isLazy(k, area)) return f.return(0);
          k.spaces.mapArea(area, pfn, true);
          k.fence();
          return f.return(1);
        },
      },
    ],
  });
}

function vfreePage(): Program {
  return defineProgram({
    name: "vfree",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "order", sort: "order" },
    ],
    steps: [
      {
        label: "clear_pte",
        imitates: "vunmap_range_noflush",
        needs: "any",
        cost: "unmap",
        touches: [...SPACE_COLUMNS, "vmalloc.lazy"],
        run: (k, f) => {
          const start = f.get(LOCAL_PAGE) - 1;
          const end = start + 2 ** f.get(2);
          for (let area = 0; area < areasOf(k.world); area++) {
            const pfn = k.spaces.area(area);
            if (pfn < start || pfn >= end) continue;
            k.spaces.unmapArea(area);
            k.of(vmallocColumns).lazy.set(area, 1);
          }
          return f.return(0);
        },
      },
    ],
  });
}

/** `free_initmem()`: the kernel image's alias of a page is cleared and flushed at once; the page itself is freed later. */
function freeInitmem(flush: Program): Program {
  return defineProgram({
    name: "free_initmem",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "area", sort: "count" },
    ],
    steps: [
      {
        label: "clear_pte",
        imitates: "set_memory_np_noalias",
        needs: "irqs-on",
        cost: "unmap",
        touches: [...SPACE_COLUMNS, "vmalloc.lazy"],
        run: (k, f) => {
          const area = f.get(LOCAL_AREA) - 1;
          if (k.spaces.area(area) < 0) return f.return(0);
          k.spaces.unmapArea(area);
          k.of(vmallocColumns).lazy.set(area, 1);
          return NEXT;
        },
      },
      callFlush(flush),
      settle((_k, f) => 1 << (f.get(LOCAL_AREA) - 1)),
    ],
  });
}

/** `__purge_vmap_area_lazy()`: one flush of everything for all areas that were freed before it. */
function purgeWith(flush: Program): Program {
  return defineProgram({
    name: "purge_vmap_area_lazy",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "start", sort: "pfn", link: true },
      { name: "pages", sort: "count" },
      { name: "areas", sort: "count" },
    ],
    steps: [noteLazyAreas(), callFlush(flush), settle((_k, f) => f.get(LOCAL_AREAS))],
  });
}

/** A shootdown that, while areas are lazy, flushes everything instead of the range, and settles them. */
function coverAreas(shootdown: Shootdown): Shootdown {
  const flush = defineProgram({
    name: "flush_range_and_areas",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "start", sort: "pfn", link: true },
      { name: "pages", sort: "count" },
      { name: "areas", sort: "count" },
    ],
    steps: [
      {
        ...noteLazyAreas(),
        run: (k, f) => {
          f.set(LOCAL_AREAS, lazyAreas(k));
          return NEXT;
        },
      },
      {
        ...callFlush(shootdown.flush),
        run: (k, f) =>
          f.get(LOCAL_AREAS) === 0 ? k.call(shootdown.flush, 0, f.get(1), f.get(2)) : k.call(shootdown.flush, 0, 1, 0),
      },
      settle((_k, f) => f.get(LOCAL_AREAS)),
    ],
  });
  return {
    ...shootdown,
    flush,
    groups: [...shootdown.groups, vmallocColumns],
    programs: [...shootdown.programs, flush],
  };
}

function noteLazyAreas(): MicroStep {
  return {
    label: "note_areas",
    imitates: "__purge_vmap_area_lazy",
    needs: "any",
    cost: "none",
    touches: ["vmalloc.lazy"],
    run: (k, f) => {
      f.set(LOCAL_AREAS, lazyAreas(k));
      return f.get(LOCAL_AREAS) === 0 ? f.return(0) : NEXT;
    },
  };
}

function callFlush(flush: Program): MicroStep {
  return {
    label: "flush",
    imitates: "flush_tlb_kernel_range",
    needs: "any",
    cost: "none",
    touches: [],
    run: (k) => k.call(flush, 0, 1, 0),
  };
}

/** The flush is over: the areas that had been freed before it may be given out again. */
function settle(covered: (k: Kernel, f: Kernel["frame"]) => number): MicroStep {
  return {
    label: "settle_areas",
    imitates: "purge_vmap_node",
    needs: "any",
    cost: "none",
    touches: ["vmalloc.lazy"],
    run: (k, f) => {
      const set = covered(k, f);
      for (let area = 0; area < areasOf(k.world); area++)
        if (((set >>> area) & 1) === 1) k.of(vmallocColumns).lazy.set(area, 0);
      return f.return(0);
    },
  };
}

function lazyAreas(k: Kernel): number {
  let set = 0;
  for (let area = 0; area < areasOf(k.world); area++) if (isLazy(k, area)) set |= 1 << area;
  return set;
}

function isLazy(k: Kernel, area: number): boolean {
  return k.of(vmallocColumns).lazy.get(area) === 1;
}

function areasOf(w: World): number {
  return w.spaces?.vmaps ?? 0;
}

/** Pages that some task holds as kernel memory, and that no area shows: what a caller may pass. */
function kernelPages(k: Kernel): number[] {
  const pages: number[] = [];
  for (let pfn = 0; pfn < k.world.pages; pfn++) {
    if (k.ledger.order(pfn) !== 0 || k.ledger.asked(pfn) !== ASKED_NONSENSITIVE) continue;
    pages.push(pfn);
  }
  return pages;
}
