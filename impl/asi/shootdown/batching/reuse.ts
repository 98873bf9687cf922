import { migratetypeOf } from "../../../../model/gfp.ts";
import type { Kernel } from "../../../../model/kernel.ts";
import { defineProgram, LOCAL_ORDER, NEXT, type Program } from "../../../../model/program.ts";
import { freetypeOf } from "../../../mm/freetype.ts";
import { rmqueue } from "../../../mm/rmqueue.ts";
import { BUDDY_COLUMNS, LIST_COLUMNS } from "../../../mm/touches.ts";
import { CONTEXT_QUESTIONS } from "./context.ts";
import { flushSteps, queueLockStep } from "./flush-pending.ts";
import { type BatchingOptions, batchColumns, mayFlush, pendingList, queueLock } from "./queue.ts";

const LOCAL_REQUEST = 3;

/**
 * The last resort of an allocation, when no list had a page. A nonsensitive request takes a block back from the batch: what is
 * to be mapped again needs no flush, and whatever flush was on its way to it is cancelled for it. A sensitive request flushes
 * what is pending, where it may, and looks once more.
 *
 * - **Context**: any; answers 0 where it would have to flush and may not.
 * - **Shapes, units**: local 2 the order, local 3 the request; answers the block's link, or 0.
 * - **Leaves out**: splitting a pending block; looking again in a zone but the first.
 */
export function takeBack(options: BatchingOptions): Program {
  const { shootdown, switches } = options;
  return defineProgram({
    name: "take_back_or_flush",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "unused", sort: "count" },
      { name: "order", sort: "order" },
      { name: "request", sort: "request" },
    ],
    steps: [
      {
        label: "choose",
        imitates: "__rmqueue",
        needs: "any",
        cost: "none",
        touches: [...LIST_COLUMNS, ...CONTEXT_QUESTIONS],
        run: (k, f) => {
          if (k.world.requests[f.get(LOCAL_REQUEST)]?.secret !== true) return NEXT;
          return mayFlush(k, shootdown.mechanism) ? f.goto("collect_lock") : f.return(0);
        },
      },
      queueLockStep("cancel_lock"),
      {
        label: "cancel",
        imitates: "__rmqueue",
        needs: "any",
        cost: "list",
        touches: [...LIST_COLUMNS, "batch.epoch", "tso.column", "tso.row", "tso.value", ...CONTEXT_QUESTIONS],
        run: (k, f) => {
          const pfn = pendingOfOrder(k, f.get(LOCAL_ORDER));
          if (pfn >= 0) {
            k.lists.remove(pendingList(k), pfn);
            if (!switches.keepEpoch) k.of(batchColumns).epoch.set(pfn, 0);
          }
          k.unlockIrqRestore(queueLock());
          return f.return(pfn + 1);
        },
      },
      ...flushSteps(options, "look_again_lock"),
      queueLockStep("look_again_lock"),
      {
        label: "look_again",
        imitates: "__rmqueue",
        needs: "any",
        cost: "list",
        touches: [...BUDDY_COLUMNS, ...CONTEXT_QUESTIONS, "tso.column", "tso.row", "tso.value"],
        run: (k, f) => {
          const { gfp = 0, flags = 0 } = k.world.requests[f.get(LOCAL_REQUEST)] ?? {};
          const type = freetypeOf(k, migratetypeOf(gfp), flags);
          const pfn = k.world.whole === undefined ? rmqueue(k, 0, f.get(LOCAL_ORDER), type) : -1;
          k.unlockIrqRestore(queueLock());
          return f.return(pfn + 1);
        },
      },
    ],
  });
}

function pendingOfOrder(k: Kernel, order: number): number {
  for (let pfn = k.lists.first(pendingList(k)); pfn >= 0; pfn = k.lists.next(pfn))
    if (k.lists.order(pfn) === order) return pfn;
  return -1;
}
