import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Program, YIELD } from "../../../model/program.ts";
import { zoneLockStep } from "../../mm/alloc-pages.ts";
import { zoneLock } from "../../mm/columns.ts";
import { freeUnderLock, noteFreedType } from "../../mm/free-unref.ts";
import { BUDDY_COLUMNS, LIST_COLUMNS } from "../../mm/touches.ts";
import { zoneOfPage } from "../../mm/zones.ts";
import { asyncFreeColumns, batchList, toFreeList } from "./columns.ts";
import type { AsyncFreeSwitches } from "./switches.ts";

/** The leaf being cleared: its page's link, and the head of the batch block it lies in. */
const LOCAL_LEAF = 1;
const LOCAL_BLOCK = 2;

/**
 * The worker: takes the whole queue as one batch, clears every leaf, flushes once, and only then frees page by page.
 *
 *     pending := 0 · splice · clear P of each leaf · flush all CPUs, once · { lock, free one, unlock, cond_resched } …
 *
 * The work item is marked idle *before* the queue is read, so a free that comes later queues it again.
 *
 * - **Context**: per-CPU kernel thread, interrupts on, may sleep.
 * - **Source**: `asi_async_free()` worker, RFC v2 patch 14 (one flush per page there), with one flush per batch.
 */
export function asyncFreeWorker(flush: Program, switches: AsyncFreeSwitches): Program {
  const steps = stepsBetween(flush, switches);
  return defineProgram({
    name: "asi_async_free",
    role: "worker",
    locals: [
      { name: "result", sort: "count" },
      { name: "leaf", sort: "pfn", link: true },
      { name: "block", sort: "pfn", link: true },
    ],
    steps: [...takeBatch(switches), ...steps, end(switches)],
  });
}

/** What lies between taking the batch and the end, by the order that the switches ask for. */
function stepsBetween(flush: Program, switches: AsyncFreeSwitches): MicroStep[] {
  if (switches.freeBeforeFlush) {
    return [clearLeaf("free_lock"), ...release("flush_everything"), flushEverything(flush)];
  }
  if (switches.flushUnderLock) {
    return [
      clearLeaf("lock_early"),
      {
        ...zoneLockStep("lock_early", "spin_lock_irqsave", firstZone),
        touches: [...LIST_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"],
      },
      flushBatch(flush),
      dropLock(),
      ...release("end"),
    ];
  }
  return [clearLeaf("flush_batch"), flushBatch(flush), ...release("end")];
}

/** The canary's unlock, after the wait that should not have been under the lock. */
function dropLock(): MicroStep {
  return {
    label: "drop_lock",
    imitates: "spin_unlock_irqrestore",
    needs: "any",
    cost: "lock",
    touches: [...LIST_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
    run: (k) => {
      k.unlockIrqRestore(zoneLock(firstZone(k)));
      return NEXT;
    },
  };
}

function takeBatch(switches: AsyncFreeSwitches): MicroStep[] {
  const splice: MicroStep = {
    label: "splice",
    imitates: "list_splice_init",
    needs: "irqs-on",
    cost: "list",
    touches: [...LIST_COLUMNS],
    run: (k, f) => {
      const queue = toFreeList(k, k.cpu);
      for (let pfn = k.lists.first(queue); pfn >= 0; pfn = k.lists.first(queue)) {
        const order = k.lists.order(pfn);
        k.lists.remove(queue, pfn);
        k.lists.addTail(batchList(k, k.cpu), pfn, order);
      }
      const first = k.lists.first(batchList(k, k.cpu));
      if (first < 0) return f.return(0);
      startAt(f, first);
      return NEXT;
    },
  };
  return switches.clearPendingLate ? [splice] : [markIdle(), splice];
}

function markIdle(): MicroStep {
  return {
    label: "mark_idle",
    imitates: "set_work_pool_and_clear_pending",
    needs: "irqs-on",
    cost: "none",
    touches: ["asi.workPending"],
    run: (k) => {
      k.store(k.of(asyncFreeColumns).workPending, k.cpu, 0);
      return NEXT;
    },
  };
}

/** One leaf a step: another CPU can look between two stores. */
function clearLeaf(then: string): MicroStep {
  return {
    label: "clear_leaf",
    imitates: "asi_unmap",
    needs: "irqs-on",
    cost: "unmap",
    touches: ["hw.present", "tlb.entry", "tlb.clearedAt", "tlb.epoch", ...LIST_COLUMNS],
    run: (k, f) => {
      const leaf = f.get(LOCAL_LEAF) - 1;
      const block = f.get(LOCAL_BLOCK) - 1;
      k.hw.clearPresent(leaf);
      if (leaf + 1 < block + (1 << k.lists.order(block))) {
        f.set(LOCAL_LEAF, leaf + 2);
        return f.goto("clear_leaf");
      }
      const next = k.lists.next(block);
      if (next >= 0) {
        startAt(f, next);
        return f.goto("clear_leaf");
      }
      f.set(LOCAL_LEAF, 0);
      f.set(LOCAL_BLOCK, 0);
      return f.goto(then);
    },
  };
}

/** One flush for the batch: the smallest range that covers it. */
function flushBatch(flush: Program): MicroStep {
  return {
    label: "flush_batch",
    imitates: "flush_tlb_kernel_range",
    needs: "irqs-on",
    cost: "none",
    touches: [...LIST_COLUMNS],
    run: (k) => {
      const [start, end] = hull(k);
      return k.call(flush, 0, start + 1, end - start);
    },
  };
}

/** The canary's flush, when the batch is no longer there to be measured. */
function flushEverything(flush: Program): MicroStep {
  return {
    label: "flush_everything",
    imitates: "flush_tlb_all",
    needs: "irqs-on",
    cost: "none",
    touches: [],
    run: (k) => k.call(flush, 0, 1, k.world.pages),
  };
}

function release(then: string): MicroStep[] {
  return [
    {
      ...zoneLockStep("free_lock", "free_one_page"),
      touches: [...LIST_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"],
      run: (k, f) => {
        if (k.lists.first(batchList(k, k.cpu)) < 0) return f.goto(then);
        return k.lockIrqSave(zoneLock(firstZone(k)));
      },
    },
    {
      label: "free_one",
      imitates: "free_one_page, then cond_resched",
      needs: "any",
      cost: "list",
      touches: [
        ...BUDDY_COLUMNS,
        "asi.nonsensitive",
        "cpu.lockHolder",
        "cpu.preemptOff",
        "cpu.irqsOff",
        "cpu.spinning",
      ],
      run: (k) => {
        const batch = batchList(k, k.cpu);
        const pfn = k.lists.first(batch);
        const order = k.lists.order(pfn);
        const flag = k.of(asyncFreeColumns).nonsensitive;
        for (let i = 0; i < 1 << order; i++) flag.set(pfn + i, 0);
        k.lists.remove(batch, pfn);
        if (k.world.whole !== undefined) noteFreedType(k, pfn);
        freeUnderLock(k, pfn, order);
        k.unlockIrqRestore(zoneLock(zoneOfPage(k, pfn)));
        return YIELD;
      },
    },
    {
      label: "again",
      imitates: "list_for_each_entry_safe",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("free_lock"),
    },
  ];
}

function end(switches: AsyncFreeSwitches): MicroStep {
  return {
    label: "end",
    imitates: "process_one_work",
    needs: "any",
    cost: "none",
    touches: switches.clearPendingLate ? ["asi.workPending"] : [],
    run: (k, f) => {
      if (switches.clearPendingLate) k.store(k.of(asyncFreeColumns).workPending, k.cpu, 0);
      return f.return(0);
    },
  };
}

function startAt(f: Frame, block: number): void {
  f.set(LOCAL_LEAF, block + 1);
  f.set(LOCAL_BLOCK, block + 1);
}

function hull(k: Kernel): readonly [number, number] {
  let start = k.world.pages;
  let end = 0;
  for (let pfn = k.lists.first(batchList(k, k.cpu)); pfn >= 0; pfn = k.lists.next(pfn)) {
    start = Math.min(start, pfn);
    end = Math.max(end, pfn + (1 << k.lists.order(pfn)));
  }
  return [start, end];
}

/** Zone of the batch's first block. */
function firstZone(k: Kernel): number {
  return zoneOfPage(k, k.lists.first(batchList(k, k.cpu)));
}
