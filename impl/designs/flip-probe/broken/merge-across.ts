import { defineProgram, NEXT, type Program } from "../../../../model/program.ts";
import { buddyOrder, freeOnePage, isolateFreeBlock, typeOfBlock } from "../../../mm/buddy.ts";
import { zoneLock } from "../../../mm/columns.ts";
import { zoneOfPage } from "../../../mm/zones.ts";
import { LOCKED_COLUMNS } from "../flip.ts";

const LOCAL_PAGE = 1;
const LOCAL_ORDER = 2;

/**
 * A canary's free of whole pageblocks: their buddy is merged with whatever its label, as types that have fallbacks are in 6.12,
 * and the larger block joins the list of the freed one.
 *
 * - **Source**: `__free_one_page()` under the migratetypes of the series of March 2025, without can_merge_freetypes().
 */
export function mergeAcross(): Program {
  return defineProgram({
    name: "free_pages_merging",
    role: "inner",
    locals: [
      { name: "unused", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "order", sort: "order" },
    ],
    steps: [
      {
        label: "is_block",
        imitates: "free_pages_prepare",
        needs: "any",
        cost: "none",
        touches: [],
        run: (k, f) => (f.get(LOCAL_ORDER) < k.world.geometry.pageblockOrder ? f.return(0) : NEXT),
      },
      {
        label: "zone_lock",
        imitates: "free_one_page",
        needs: "any",
        cost: "lock",
        touches: ["cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"],
        run: (k, f) => k.lockIrqSave(zoneLock(zoneOfPage(k, f.get(LOCAL_PAGE) - 1))),
      },
      {
        label: "free_one_page",
        imitates: "__free_one_page",
        needs: "any",
        cost: "list",
        touches: LOCKED_COLUMNS,
        run: (k, f) => {
          const pfn = f.get(LOCAL_PAGE) - 1;
          const order = f.get(LOCAL_ORDER);
          const type = typeOfBlock(k, pfn);
          const buddy = pfn ^ (1 << order);
          const merges = order < k.world.geometry.maxOrder && buddyOrder(k, buddy) === order;
          if (merges) isolateFreeBlock(k, buddy);
          freeOnePage(k, merges ? pfn & buddy : pfn, merges ? order + 1 : order, "by-merge", type);
          k.unlockIrqRestore(zoneLock(zoneOfPage(k, pfn)));
          return f.return(1);
        },
      },
    ],
  });
}
