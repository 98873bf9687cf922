import type { Frame } from "../../../../model/frame.ts";
import type { Kernel } from "../../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../../model/program.ts";
import { buddyOrder, freeOnePage, isolateFreeBlock, typeOfBlock } from "../../../mm/buddy.ts";
import { zoneLock } from "../../../mm/columns.ts";
import { allocatedHeadOf } from "../../../mm/isolation/page-state.ts";
import { moveFreepages } from "../../../mm/move-freepages.ts";
import {
  callFlush,
  callPhysmap,
  EARLY_STEP,
  type FlipParts,
  flipSteps,
  LOCKED_COLUMNS,
  lockIfAllowed,
  lockZone,
  silent,
} from "../flip.ts";
import { blockOf, FLIP_LOCALS, flipOrder, LOCAL_BLOCK, wantedType, wantsSensitive, zoneAt } from "../flip-frame.ts";
import { flipBegins, flipEnds, otherLabel, turnLabels } from "../label.ts";

/**
 * A canary's flip: a pageblock counts as free when nobody owns a page of it. Pages on per-CPU lists are left there, on lists of the
 * old label.
 *
 * - **Source**: 51bb1a4093cc, 535131e6925b: pages on pcplists whose pageblock has been isolated. Single pages
 *   for sensitive requests only: the bug does not need more.
 */
export function countPcpPages(parts: FlipParts): Program {
  return defineProgram({
    name: "__rmqueue_asi",
    role: "inner",
    locals: FLIP_LOCALS,
    steps: [
      silent("which_way", "__rmqueue_asi", (k, f) => f.goto(wantsSensitive(k, f) ? "choose_lock" : "take_lock")),
      lockIfAllowed("choose_lock", parts.shootdown),
      choose(),
      silent("clear_chosen", "set_direct_map_sensitive", (k, f) => callPhysmap(k, f, parts.physmap.unmap)),
      silent("flush_chosen", "flush_tlb_kernel_range", (k, f) => callFlush(k, f, parts.shootdown)),
      lockZone("list_lock"),
      listChosen(),
      ...flipSteps(parts),
    ],
  });
}

function choose(): MicroStep {
  return {
    label: "choose",
    imitates: "__rmqueue",
    needs: "any",
    cost: "list",
    touches: [...LOCKED_COLUMNS, "ledger.order"],
    run: (k, f) => {
      const pfn = unownedBlock(k, f);
      if (pfn >= 0) {
        for (const page of pagesFrom(k, f, pfn)) if (buddyOrder(k, page) >= 0) isolateFreeBlock(k, page);
        f.set(LOCAL_BLOCK, pfn + 1);
        flipBegins(k, pfn, flipOrder(k, f));
      }
      k.unlockIrqRestore(zoneLock(zoneAt(k, f)));
      return pfn < 0 ? f.return(0) : NEXT;
    },
  };
}

function listChosen(): MicroStep {
  return {
    label: EARLY_STEP,
    imitates: "__rmqueue_asi",
    needs: "any",
    cost: "list",
    touches: LOCKED_COLUMNS,
    run: (k, f) => {
      const pfn = blockOf(f);
      // Pages that were drained meanwhile are on the buddy lists of the old label.
      moveFreepages(k, pfn, typeOfBlock(k, pfn), wantedType(k, f));
      turnLabels(k, pfn, flipOrder(k, f));
      const inHand = pagesFrom(k, f, pfn).filter((page) => k.lists.headOf(page, (at) => k.ledger.order(at)) < 0);
      for (const page of inHand.slice(1)) freeOnePage(k, page, 0);
      flipEnds(k, pfn, flipOrder(k, f));
      k.unlockIrqRestore(zoneLock(zoneAt(k, f)));
      return f.return((inHand[0] ?? -1) + 1);
    },
  };
}

/** A pageblock of the other label with a page on the buddy lists and none that is owned; -1 when there is none. */
function unownedBlock(k: Kernel, f: Frame): number {
  const type = otherLabel(k, wantedType(k, f));
  const size = 1 << flipOrder(k, f);
  for (let pfn = 0; pfn < k.world.pages; pfn += size) {
    const pages = pagesFrom(k, f, pfn);
    const isFree = pages.some((page) => buddyOrder(k, page) >= 0);
    const isLarger = pages.some((page) => buddyOrder(k, page) > flipOrder(k, f));
    const isOwned = pages.some((page) => allocatedHeadOf(k, page) >= 0);
    if (isFree && !isLarger && !isOwned && typeOfBlock(k, pfn) === type) return pfn;
  }
  return -1;
}

function pagesFrom(k: Kernel, f: Frame, pfn: number): readonly number[] {
  return Array.from({ length: 1 << flipOrder(k, f) }, (_, i) => pfn + i);
}
