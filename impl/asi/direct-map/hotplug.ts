import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { PLACE_FIRST_LIST } from "../../../model/lists.ts";
import { MOMENT } from "../../../model/moments.ts";
import { BLOCKED, defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import type { ListKind } from "../../../model/world.ts";
import { zoneLockStep } from "../../mm/alloc-pages.ts";
import { buddyOrder, freeBlockOf, freeOnePage, isolateFreeBlock } from "../../mm/buddy.ts";
import { zoneLock } from "../../mm/columns.ts";
import { BUDDY_COLUMNS } from "../../mm/touches.ts";
import { zoneOfPage } from "../../mm/zones.ts";
import { blockOf, clearBlockLeaf, pagesOfBlock, underBlockLeaf } from "../physmap/leaves.ts";
import { LEAF_COLUMNS } from "../physmap/map-columns.ts";
import { passSizeLock } from "../physmap/size-lock.ts";

/** Pageblocks that were taken out of the machine. */
export const REMOVED_LIST: ListKind = { name: "removed", count: 1, mustDrain: false, parked: true };

const LOCAL_PAGE = 1;
const LOCAL_AT = 3;
const LOCKED_COLUMNS = [...BUDDY_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"] as const;

/** What taking memory out needs of the design: a flush, and how to free a block's table where tables are freed. */
export interface HotplugParts {
  readonly flush: Program;
  readonly freeTable?: Program;
}

/**
 * A free pageblock leaves the machine: off the free lists, out of both maps, its table freed.
 *
 *     lock · take the block · unlock · clear direct · clear restricted, leaf by leaf · flush · free the table · return
 *
 * - **Context**: task; interrupts on, no lock held.
 * - **Shapes, units**: local 1 the link of the block's first page; answers 1, or 0 when the block is not free.
 * - **Leaves out**: isolating and migrating what is in use (offline_pages, in the whole allocator).
 * - **Source**: `arch_remove_memory()`, `remove_pagetable()` in arch/x86/mm/init_64.c.
 */
export function removeMemory(parts: HotplugParts): Program {
  return hotplug("arch_remove_memory", [
    zoneLockStep("zone_lock", "offline_pages", zoneOf),
    takeBlock(),
    clearDirect(),
    clearRestricted(),
    flushBlock(parts.flush),
    ...(parts.freeTable === undefined ? [] : [freeTableStep(parts.freeTable)]),
    done(),
  ]);
}

/**
 * It comes back: into the direct map only, as new memory is sensitive until somebody asks for it otherwise.
 *
 * - **Shapes, units**: local 1 the link of the block's first page; answers 1, or 0 when the block is there already.
 * - **Source**: `arch_add_memory()` in arch/x86/mm/init_64.c, `online_pages()` in mm/memory_hotplug.c.
 */
export const addMemory: Program = hotplug("arch_add_memory", [
  {
    label: "set_direct",
    imitates: "kernel_physical_mapping_init",
    needs: "any",
    cost: "map",
    touches: [...LEAF_COLUMNS, "list.place"],
    run: (k, f) => {
      if (!isRemoved(k, pageOf(f))) return f.return(0);
      for (const pfn of pagesOf(k, f)) k.spaces.setDirect(pfn);
      return NEXT;
    },
  },
  zoneLockStep("zone_lock", "online_pages", zoneOf),
  {
    label: "put_block",
    imitates: "generic_online_page",
    needs: "any",
    cost: "list",
    touches: LOCKED_COLUMNS,
    run: (k, f) => {
      if (isRemoved(k, pageOf(f))) {
        k.lists.remove(k.listOf("removed", 0), pageOf(f));
        freeOnePage(k, pageOf(f), k.world.geometry.pageblockOrder);
      }
      k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
      return NEXT;
    },
  },
  done(),
]);

function hotplug(name: string, steps: readonly MicroStep[]): Program {
  return defineProgram({
    name,
    role: "direct-map",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "unused", sort: "count" },
      { name: "at", sort: "count" },
    ],
    steps,
  });
}

function takeBlock(): MicroStep {
  return {
    label: "take_block",
    imitates: "offline_pages",
    needs: "any",
    cost: "list",
    touches: LOCKED_COLUMNS,
    run: (k, f) => {
      const taken = takeFree(k, pageOf(f));
      k.unlockIrqRestore(zoneLock(zoneOf(k, f)));
      return taken ? NEXT : f.return(0);
    },
  };
}

/** Takes the block out of the free block that it lies in; the other halves go back. */
function takeFree(k: Kernel, first: number): boolean {
  const { pageblockOrder } = k.world.geometry;
  const head = freeBlockOf(k, first);
  if (head < 0 || buddyOrder(k, head) < pageblockOrder) return false;
  for (let order = isolateFreeBlock(k, head) - 1; order >= pageblockOrder; order--)
    freeOnePage(k, (first & ~(2 ** order - 1)) ^ (2 ** order), order, "head");
  k.lists.addTail(k.listOf("removed", 0), first, pageblockOrder);
  return true;
}

function clearDirect(): MicroStep {
  return {
    label: "clear_direct",
    imitates: "remove_pagetable",
    needs: "any",
    cost: "unmap",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      if (!passSizeLock(k)) return BLOCKED;
      for (const pfn of pagesOf(k, f)) k.spaces.clearDirect(pfn);
      return NEXT;
    },
  };
}

function clearRestricted(): MicroStep {
  return {
    label: "clear_restricted",
    imitates: "remove_pagetable",
    needs: "any",
    cost: "unmap",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      const pages = pagesOf(k, f);
      const pfn = pageOf(f) + f.get(LOCAL_AT);
      if (underBlockLeaf(k, pfn)) {
        clearBlockLeaf(k, blockOf(k, pfn));
        k.fence();
        return NEXT;
      }
      k.hw.clearPresent(pfn);
      k.fence();
      f.set(LOCAL_AT, f.get(LOCAL_AT) + 1);
      return f.get(LOCAL_AT) < pages.length ? f.goto("clear_restricted") : NEXT;
    },
  };
}

function flushBlock(flush: Program): MicroStep {
  return {
    label: "flush",
    imitates: "flush_tlb_all",
    needs: "any",
    cost: "none",
    touches: [],
    run: (k, f) => k.call(flush, 0, f.get(LOCAL_PAGE), pagesOf(k, f).length),
  };
}

function freeTableStep(freeTable: Program): MicroStep {
  return {
    label: "free_table",
    imitates: "free_pte_table",
    needs: "any",
    cost: "none",
    touches: [],
    run: (k, f) => k.call(freeTable, 0, f.get(LOCAL_PAGE)),
  };
}

function done(): MicroStep {
  return {
    label: "return",
    imitates: "arch_remove_memory",
    needs: "any",
    cost: "none",
    touches: LEAF_COLUMNS,
    run: (k, f) => {
      k.moments.push(MOMENT.directChanged, pageOf(f), pagesOf(k, f).length);
      return f.return(1);
    },
  };
}

function isRemoved(k: Kernel, first: number): boolean {
  const kind = k.world.lists.kinds.indexOf(REMOVED_LIST);
  return k.lists.placeOf(first) === PLACE_FIRST_LIST + kind;
}

function pagesOf(k: Kernel, f: Frame): readonly number[] {
  return pagesOfBlock(k, blockOf(k, pageOf(f)));
}

function zoneOf(k: Kernel, f: Frame): number {
  return zoneOfPage(k, pageOf(f));
}

function pageOf(f: Frame): number {
  return f.get(LOCAL_PAGE) - 1;
}
