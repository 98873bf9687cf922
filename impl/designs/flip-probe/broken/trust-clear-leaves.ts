import type { Kernel } from "../../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../../model/program.ts";
import { buddyList, buddyOrder, takeBlock, typeOfBlock } from "../../../mm/buddy.ts";
import { zoneLock } from "../../../mm/columns.ts";
import { zoneOfPage } from "../../../mm/zones.ts";
import {
  callFlush,
  callPhysmap,
  EARLY_STEP,
  type FlipParts,
  flipSteps,
  LOCKED_COLUMNS,
  listRemainder,
  lockIfAllowed,
  lockZone,
  silent,
} from "../flip.ts";
import { blockOf, FLIP_LOCALS, flipOrder, LOCAL_BLOCK, wantedType, wantsSensitive, zoneAt } from "../flip-frame.ts";
import { flipBegins, flipEnds, otherLabel, turnLabels } from "../label.ts";

/**
 * A canary's flip, which hides no memory while it waits: the block stays on its list until it has been flushed, and is taken
 * then if it is still whole. A second flipper meets leaves that are clear already, and skips the flush that the first is waiting
 * for.
 *
 * - **Source**: 3ea277194daa (reclaim's batched flush against mprotect), transferred to flips towards sensitive.
 */
export function trustClearLeaves(parts: FlipParts): Program {
  return defineProgram({
    name: "__rmqueue_asi",
    role: "inner",
    locals: FLIP_LOCALS,
    steps: [
      silent("which_way", "__rmqueue_asi", (k, f) => f.goto(wantsSensitive(k, f) ? "peek_lock" : "take_lock")),
      lockIfAllowed("peek_lock", parts.shootdown),
      peek(),
      silent("clear_peeked", "set_direct_map_sensitive", (k, f) => callPhysmap(k, f, parts.physmap.unmap)),
      silent("flush_peeked", "flush_tlb_kernel_range", (k, f) => callFlush(k, f, parts.shootdown)),
      lockZone("take_peeked_lock"),
      takePeeked(),
      ...flipSteps(parts),
    ],
  });
}

function peek(): MicroStep {
  return {
    label: "peek",
    imitates: "__rmqueue",
    needs: "any",
    cost: "list",
    touches: [...LOCKED_COLUMNS, "hw.present"],
    run: (k, f) => {
      const zone = zoneAt(k, f);
      const pfn = firstWhole(k, zone, flipOrder(k, f), otherLabel(k, wantedType(k, f)));
      k.unlockIrqRestore(zoneLock(zone));
      if (pfn < 0) return f.return(0);
      f.set(LOCAL_BLOCK, pfn + 1);
      flipBegins(k, pfn, flipOrder(k, f));
      return k.hw.isPresent(pfn) ? NEXT : f.goto("take_peeked_lock");
    },
  };
}

function takePeeked(): MicroStep {
  return {
    label: EARLY_STEP,
    imitates: "__rmqueue_asi",
    needs: "any",
    cost: "list",
    touches: LOCKED_COLUMNS,
    run: (k, f) => {
      const pfn = blockOf(f);
      const zone = zoneOfPage(k, pfn);
      const type = otherLabel(k, wantedType(k, f));
      const isWhole = buddyOrder(k, pfn) >= flipOrder(k, f) && typeOfBlock(k, pfn) === type;
      if (isWhole) {
        takeBlock(k, pfn, buddyOrder(k, pfn), flipOrder(k, f), type);
        turnLabels(k, pfn, flipOrder(k, f));
        listRemainder(k, f);
      }
      flipEnds(k, pfn, flipOrder(k, f));
      k.unlockIrqRestore(zoneLock(zone));
      return f.return(isWhole ? pfn + 1 : 0);
    },
  };
}

function firstWhole(k: Kernel, zone: number, least: number, type: number): number {
  for (let order = least; order <= k.world.geometry.maxOrder; order++) {
    const pfn = k.lists.first(buddyList(k, zone, order, type));
    if (pfn >= 0) return pfn;
  }
  return -1;
}
