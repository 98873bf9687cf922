import { defineProgram, NEXT, type Program } from "../../../../model/program.ts";
import { LIST_COLUMNS } from "../../../mm/touches.ts";
import { CONTEXT_QUESTIONS } from "./context.ts";
import { CLEAR_COLUMNS, flushSteps, queueLockStep } from "./flush-pending.ts";
import { type BatchingOptions, batchColumns, mayFlush, pendingList, queueLock } from "./queue.ts";

const LOCAL_PAGE = 1;
const LOCAL_ORDER = 2;
const LOCAL_INDEX = 3;

/**
 * The end of free_pages_prepare: the leaves of a mapped block are cleared at once, and the block waits for a flush. Beyond
 * the bound the caller flushes itself, if it may; in interrupts and under locks the queue grows instead.
 *
 * - **Context**: any, hard IRQ included.
 * - **Shapes, units**: local 1 the block's link, local 2 its order; answers 1 when the block was kept.
 */
export function enqueuePending(options: BatchingOptions, prepare: Program | undefined): Program {
  const { bound, shootdown, switches } = options;
  return defineProgram({
    name: "unmap_and_queue",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "order", sort: "order" },
      { name: "index", sort: "count" },
    ],
    steps: [
      {
        label: "forget_aliases",
        imitates: "vunmap",
        needs: "any",
        cost: "none",
        touches: [],
        // Where there are no address spaces there is no other alias.
        run: (k, f) =>
          prepare === undefined || k.world.spaces === undefined
            ? NEXT
            : k.call(prepare, 0, f.get(LOCAL_PAGE), f.get(LOCAL_ORDER)),
      },
      {
        label: "clear_leaf",
        imitates: "asi_unmap",
        needs: "any",
        cost: "unmap",
        touches: [...CLEAR_COLUMNS, "tso.column", "tso.row", "tso.value"],
        run: (k, f) => {
          const index = f.get(LOCAL_INDEX);
          if (index === 0 && !k.hw.isPresent(f.get(LOCAL_PAGE) - 1)) return f.return(0);
          if (!switches.clearLate) k.hw.clearPresent(f.get(LOCAL_PAGE) - 1 + index);
          f.set(LOCAL_INDEX, index + 1);
          return index + 1 === 2 ** f.get(LOCAL_ORDER) ? NEXT : f.goto("clear_leaf");
        },
      },
      queueLockStep("queue_lock"),
      {
        label: "queue",
        imitates: "arch_tlbbatch_add_pending",
        needs: "any",
        cost: "list",
        touches: [...LIST_COLUMNS, "batch.epoch", "tso.column", "tso.row", "tso.value", ...CONTEXT_QUESTIONS],
        run: (k, f) => {
          const page = f.get(LOCAL_PAGE) - 1;
          k.lists.addTail(pendingList(k), page, f.get(LOCAL_ORDER));
          if (!switches.keepEpoch) k.of(batchColumns).epoch.set(page, 0);
          k.unlockIrqRestore(queueLock());
          const full = k.lists.length(pendingList(k)) > bound;
          return full && mayFlush(k, shootdown.mechanism) ? NEXT : f.return(1);
        },
      },
      ...flushSteps(options, "kept"),
      {
        label: "kept",
        imitates: "free_pages_prepare",
        needs: "any",
        cost: "none",
        touches: [],
        run: (_k, f) => f.return(1),
      },
    ],
  });
}
