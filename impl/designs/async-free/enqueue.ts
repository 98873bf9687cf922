import { defineProgram, type Program } from "../../../model/program.ts";
import { LIST_COLUMNS } from "../../mm/touches.ts";
import { asyncFreeColumns, toFreeList } from "./columns.ts";
import type { AsyncFreeSwitches } from "./switches.ts";

const LOCAL_PAGE = 1;
const LOCAL_ORDER = 2;

/**
 * The end of free_pages_prepare: a mapped page joins this CPU's queue and wakes its worker; nothing is unmapped here, because a
 * free may run where a flush may not.
 *
 * One step: interrupts are off and the queue is this CPU's own, so nobody can look in between.
 *
 * - **Context**: any, hard IRQ included.
 * - **Shapes, units**: local 1 the block's link, local 2 its order; answers 1 when the page was kept.
 * - **Source**: `asi_async_free_enqueue()`, RFC v2 patch 14.
 */
export function enqueue(switches: AsyncFreeSwitches): Program {
  return defineProgram({
    name: "asi_async_free_enqueue",
    role: "inner",
    locals: [
      { name: "unused", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "order", sort: "order" },
    ],
    steps: [
      {
        label: "enqueue",
        imitates: "asi_async_free_enqueue",
        needs: "any",
        cost: "list",
        touches: [...LIST_COLUMNS, "asi.nonsensitive", "asi.workPending"],
        run: (k, f) => {
          const asi = k.of(asyncFreeColumns);
          const pfn = f.get(LOCAL_PAGE) - 1;
          if (asi.nonsensitive.get(pfn) === 0 || switches.skipUnmap) return f.return(0);
          k.lists.addTail(toFreeList(k, k.cpu), pfn, f.get(LOCAL_ORDER));
          k.store(asi.workPending, k.cpu, 1);
          return f.return(switches.queueAndFree ? 0 : 1);
        },
      },
    ],
  });
}
