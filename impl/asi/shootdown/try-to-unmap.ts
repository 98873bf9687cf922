import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { zoneLockStep } from "../../mm/alloc-pages.ts";
import { zoneLock } from "../../mm/columns.ts";
import { freeUnderLock, noteFreedType } from "../../mm/free-unref.ts";
import { BUDDY_COLUMNS, LIST_COLUMNS } from "../../mm/touches.ts";
import { tlbState } from "../tlb-state.ts";
import { SPACE_COLUMNS } from "../touches.ts";
import { BATCH_COLUMNS, countPending, tlbBatch } from "./tlbbatch.ts";

/** Pages that one call takes at most; the kernel's are 32. */
const SWAP_CLUSTER_MAX = 2;

const LOCAL_PAGE = 1;
const LOCAL_MM = 2;
const LOCAL_COUNT = 3;

const LOCK_COLUMNS = ["cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"] as const;

/** A PTE that maps a page. */
interface Mapping {
  readonly mm: number;
  readonly pfn: number;
}

/**
 * `shrink_folio_list`: takes user pages from their processes, a few at a time, with one flush for all of them.
 *
 *     { lock PTE · clear it, leave a swap entry · mm's gen++, its CPUs join the batch · count as pending · unlock } … ·
 *     flush the batch · free what is still there
 *
 * A process that unmaps the page meanwhile finds no mapping, only the swap entry, and frees the page itself: it has to flush what
 * the counter says is pending. Then the swap entry is gone, and reclaim leaves the page alone.
 *
 * - **Context**: task, interrupts on.
 * - **Source**: `try_to_unmap_one()`, `set_tlb_ubc_flush_pending()`, `try_to_unmap_flush()` in mm/rmap.c, `shrink_folio_list()` in
 *   mm/vmscan.c, v6.12.
 * - **Leaves out**: the flush at once where no other CPU runs the mm; writing to swap; the reference by which the kernel's reclaim
 *   keeps a page from being freed before its flush. Without it a freed page shows what a process of the kernel would see of a
 *   mapping that it has given up, and an ASI that frees unmapped pages has no such reference.
 */
export function tryToUnmap(flush: Program): Program {
  return defineProgram({
    name: "shrink_folio_list",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "mm", sort: "mm", link: true },
      { name: "count", sort: "count" },
    ],
    steps: [clearPte(), setPending(), flushBatch(flush), ...freeUnmapped()],
  });
}

/** Which page comes next on the LRU list, and whether one does, is a choice. */
function clearPte(): MicroStep {
  return {
    label: "clear_pte",
    imitates: "try_to_unmap_one",
    needs: "any",
    cost: "unmap",
    touches: [...SPACE_COLUMNS, ...BATCH_COLUMNS, "cpu.preemptOff"],
    choices: (k, f) => {
      const some = f.get(LOCAL_COUNT) > 0;
      return some && f.get(LOCAL_COUNT) === SWAP_CLUSTER_MAX ? 1 : Math.max(1, mappings(k).length + (some ? 1 : 0));
    },
    run: (k, f, choice) => {
      const found = f.get(LOCAL_COUNT) < SWAP_CLUSTER_MAX ? mappings(k)[choice] : undefined;
      if (found === undefined) return f.get(LOCAL_COUNT) === 0 ? f.return(0) : f.goto("flush");
      k.preemptDisable();
      k.of(tlbBatch).ptl.set(found.pfn, 1);
      k.spaces.clearUser(found.mm, found.pfn);
      k.of(tlbBatch).swapped.set(found.mm * k.world.pages + found.pfn, k.cpu + 1);
      f.set(LOCAL_PAGE, found.pfn + 1);
      f.set(LOCAL_MM, found.mm + 1);
      f.set(LOCAL_COUNT, f.get(LOCAL_COUNT) + 1);
      return NEXT;
    },
  };
}

/**
 * The new generation is a full barrier: a CPU that joins the mask later reads it, and loads nothing old. The counter's step is
 * part of this one, since whoever would miss it waits for the page-table lock.
 */
function setPending(): MicroStep {
  return {
    label: "set_pending",
    imitates: "set_tlb_ubc_flush_pending",
    needs: "any",
    cost: "none",
    touches: [...SPACE_COLUMNS, ...BATCH_COLUMNS, "tlbstate.mmCpus", "tlb_ubc.cpumask", "cpu.preemptOff"],
    run: (k, f) => {
      const mm = f.get(LOCAL_MM) - 1;
      const { mmGen, mmCpus } = k.of(tlbState);
      const { cpumask, ptl } = k.of(tlbBatch);
      k.atomicAdd(mmGen, mm, 1);
      cpumask.set(k.cpu, cpumask.get(k.cpu) | mmCpus.get(mm));
      countPending(k, mm);
      ptl.set(f.get(LOCAL_PAGE) - 1, 0);
      f.set(LOCAL_PAGE, 0);
      f.set(LOCAL_MM, 0);
      k.preemptEnable();
      return f.goto("clear_pte");
    },
  };
}

function flushBatch(flush: Program): MicroStep {
  return {
    label: "flush",
    imitates: "try_to_unmap_flush",
    needs: "any",
    cost: "none",
    touches: [],
    run: (k) => k.call(flush),
  };
}

/** What a process has begun to free meanwhile is its own business. */
function freeUnmapped(): readonly MicroStep[] {
  const touches = [...BATCH_COLUMNS, ...LOCK_COLUMNS, "ledger.order", "tso.column", "tso.row", "tso.value"];
  return [
    { ...zoneLockStep("free_lock", "free_unref_folios", () => 0), touches },
    {
      label: "free",
      imitates: "free_unref_folios",
      needs: "any",
      cost: "list",
      touches: [...touches, ...BUDDY_COLUMNS, ...LIST_COLUMNS, "ledger.asked"],
      run: (k, f) => {
        for (const { mm, pfn } of unmappedByMe(k)) {
          k.of(tlbBatch).swapped.set(mm * k.world.pages + pfn, 0);
          k.ledger.takeBack(pfn);
          noteFreedType(k, pfn);
          freeUnderLock(k, pfn, 0);
        }
        k.unlockIrqRestore(zoneLock(0));
        return f.return(0);
      },
    },
  ];
}

/** Present PTEs whose lock is free, in the order of mms and pages. */
function mappings(k: Kernel): Mapping[] {
  const { ptl } = k.of(tlbBatch);
  return find(k, (mm, pfn) => k.spaces.isUserMapped(mm, pfn) && ptl.get(pfn) === 0);
}

/** Pages that this CPU's reclaim has unmapped and nobody has begun to free. */
function unmappedByMe(k: Kernel): Mapping[] {
  const { swapped } = k.of(tlbBatch);
  const isMine = (mm: number, pfn: number): boolean => swapped.get(mm * k.world.pages + pfn) === k.cpu + 1;
  return find(k, (mm, pfn) => isMine(mm, pfn) && k.ledger.order(pfn) === 0);
}

function find(k: Kernel, wanted: (mm: number, pfn: number) => boolean): Mapping[] {
  const found: Mapping[] = [];
  for (let mm = 0; mm < k.world.mms; mm++) {
    for (let pfn = 0; pfn < k.world.pages; pfn++) if (wanted(mm, pfn)) found.push({ mm, pfn });
  }
  return found;
}
