import type { Frame } from "../../../../model/frame.ts";
import type { Kernel } from "../../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Outcome, type Program, YIELD } from "../../../../model/program.ts";
import { zoneLockStep } from "../../../mm/alloc-pages.ts";
import { zoneLock } from "../../../mm/columns.ts";
import { freeUnderLock, noteFreedType } from "../../../mm/free-unref.ts";
import { BUDDY_COLUMNS, LIST_COLUMNS } from "../../../mm/touches.ts";
import { zoneOfPage } from "../../../mm/zones.ts";
import {
  type BatchingOptions,
  type BatchingSwitches,
  batchColumns,
  flushedList,
  hasUncovered,
  pendingList,
  queueLock,
} from "./queue.ts";

/** The range, as locals that every program can spare: a callee answers in local 0. */
const LOCAL_PAGES = 0;
const LOCAL_START = 1;

const LOCK_COLUMNS = ["cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"] as const;
/** What clearing a leaf reads or writes. */
export const CLEAR_COLUMNS = ["hw.present", "tlb.entry", "tlb.clearedAt", "tlb.epoch", "as.restrictedLeaf"] as const;

const TSO_COLUMNS = ["tso.column", "tso.row", "tso.value"] as const;

/**
 * Flushes what is pending, all of it with one flush of the smallest range that covers it, and frees it.
 *
 *     { lock · give every pending block that has none this flush's epoch · unlock } · flush, wait
 *     { lock · take off those that still have it · unlock } · { lock, free one, unlock } …
 *
 * A block that is taken back meanwhile loses its epoch, and does not get it back by being freed again: its new clear came after
 * the flush began. Blocks that another CPU's flush covers are left to it.
 *
 * - **Context**: worker, or a call that may flush. Preemption is off while an epoch stands, since a CPU has one.
 * - **Cost**: one shootdown for all that was pending.
 */
export function flushPending(options: BatchingOptions): Program {
  return defineProgram({
    name: "flush_pending",
    role: "worker",
    locals: [
      { name: "pages", sort: "count" },
      { name: "start", sort: "pfn", link: true },
    ],
    steps: [
      ...flushSteps(options, "end"),
      {
        label: "end",
        imitates: "process_one_work",
        needs: "any",
        cost: "none",
        touches: [],
        run: (_k, f) => f.return(0),
      },
    ],
  });
}

/** The steps themselves, for programs that flush in between; they use locals 0 and 1, and go on at a label of the program. */
export function flushSteps({ shootdown, switches }: BatchingOptions, then: string): MicroStep[] {
  return [
    queueLockStep("collect_lock"),
    {
      label: "collect",
      imitates: "arch_tlbbatch_add_pending",
      needs: "any",
      cost: "list",
      touches: [...LIST_COLUMNS, ...LOCK_COLUMNS, ...TSO_COLUMNS, "batch.epoch"],
      run: (k, f) => {
        const some = hasUncovered(k);
        if (some) coverAll(k, f);
        if (!some || !switches.flushUnderLock) k.unlockIrqRestore(queueLock());
        if (!some) return f.goto(then);
        k.preemptDisable();
        return NEXT;
      },
    },
    {
      label: "flush",
      imitates: "arch_tlbbatch_flush",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => k.call(shootdown.flush, 0, f.get(LOCAL_START), f.get(LOCAL_PAGES)),
    },
    {
      ...queueLockStep("credit_lock"),
      run: (k) => (switches.flushUnderLock ? NEXT : k.lockIrqSave(queueLock())),
    },
    {
      label: "credit",
      imitates: "try_to_unmap_flush",
      needs: "any",
      cost: "list",
      touches: [
        ...LIST_COLUMNS,
        ...LOCK_COLUMNS,
        ...TSO_COLUMNS,
        "batch.epoch",
        ...(switches.clearLate ? CLEAR_COLUMNS : []),
      ],
      run: (k) => {
        takeFlushed(k, switches);
        k.unlockIrqRestore(queueLock());
        k.preemptEnable();
        return NEXT;
      },
    },
    ...release(then),
  ];
}

/** Taking a lock empties the store buffer: leaves that were cleared before are clear in memory now. */
export function queueLockStep(label: string): MicroStep {
  return {
    ...zoneLockStep(label, "spin_lock_irqsave", () => 0),
    touches: [...LOCK_COLUMNS, ...TSO_COLUMNS, ...CLEAR_COLUMNS],
  };
}

/** Gives this CPU's epoch to what has none, and notes the smallest range around it. */
function coverAll(k: Kernel, f: Frame): void {
  const { epoch } = k.of(batchColumns);
  let start = k.world.pages;
  let end = 0;
  for (let pfn = k.lists.first(pendingList(k)); pfn >= 0; pfn = k.lists.next(pfn)) {
    if (epoch.get(pfn) !== 0) continue;
    epoch.set(pfn, k.cpu + 1);
    start = Math.min(start, pfn);
    end = Math.max(end, pfn + 2 ** k.lists.order(pfn));
  }
  f.set(LOCAL_START, start + 1);
  f.set(LOCAL_PAGES, end - start);
}

function takeFlushed(k: Kernel, { creditLate, clearLate }: BatchingSwitches): void {
  const { epoch } = k.of(batchColumns);
  const from = pendingList(k);
  for (let pfn = k.lists.first(from); pfn >= 0; ) {
    const next = k.lists.next(pfn);
    if (creditLate || epoch.get(pfn) === k.cpu + 1) {
      const order = k.lists.order(pfn);
      epoch.set(pfn, 0);
      for (let i = 0; clearLate && i < 2 ** order; i++) k.hw.clearPresent(pfn + i);
      k.lists.remove(from, pfn);
      k.lists.addTail(flushedList(k), pfn, order);
    }
    pfn = next;
  }
}

/** Frees what was flushed, a block at a time. */
function release(then: string): MicroStep[] {
  return [
    {
      ...zoneLockStep("free_lock", "free_one_page"),
      touches: [...LIST_COLUMNS, ...LOCK_COLUMNS, ...TSO_COLUMNS],
      run: (k, f): Outcome => {
        const first = k.lists.first(flushedList(k));
        return first < 0 ? f.goto(then) : k.lockIrqSave(zoneLock(zoneOfPage(k, first)));
      },
    },
    {
      label: "free_one",
      imitates: "free_one_page",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...LOCK_COLUMNS, ...TSO_COLUMNS],
      run: (k) => {
        const pfn = k.lists.first(flushedList(k));
        const order = k.lists.order(pfn);
        k.lists.remove(flushedList(k), pfn);
        noteFreedType(k, pfn);
        freeUnderLock(k, pfn, order);
        k.unlockIrqRestore(zoneLock(zoneOfPage(k, pfn)));
        return YIELD;
      },
    },
    {
      label: "next",
      imitates: "cond_resched",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("free_lock"),
    },
  ];
}
