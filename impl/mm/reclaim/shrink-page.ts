import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { VM } from "../../../model/vm-events.ts";
import { acRow } from "../columns.ts";
import { countEvent } from "../vm-count.ts";
import { pgdatColumns, SC_KSWAPD, SC_MAY_WRITEPAGE, scColumns } from "./columns.ts";
import {
  forgetContent,
  isAnon,
  lruFlags,
  lruPutback,
  lruUnisolate,
  nodeOfPage,
  PG_ACTIVE,
  PG_DIRTY,
  PG_RECLAIM,
  PG_REFERENCED,
  PG_SWAPCACHE,
  PG_UNEVICTABLE,
  PG_WRITEBACK,
  setLruFlags,
  swapFree,
  swapTake,
} from "./lru.ts";
import { startWriteback } from "./lru-calls.ts";
import { lruColumns } from "./lru-columns.ts";

/** What becomes of a page that reclaim has looked at. */
export type Verdict = "keep" | "activate" | "free";

/**
 * Looks at one isolated page that is not in use: writes it, keeps it, or lets go of it. A page that is let go of is off all
 * lists, its owner has lost it, and the caller frees it.
 *
 * Whatever has been written since its last copy was made (PG_DIRTY) or is being written (PG_WRITEBACK) stays.
 *
 * - **Shapes, units**: a folio by its head; `order` log2 of pages. Answers whether the caller has to free it.
 * - **Leaves out**: reverse mappings (an access shows as PG_REFERENCED), demotion to slower memory, lazy freeing, splitting of
 *   large folios, memory cgroups. Kept pages go back to their lists one by one, not at the end of the batch.
 * - **Source**: `shrink_folio_list()`, `folio_check_references()`, `pageout()`, `__remove_mapping()` in mm/vmscan.c.
 */
export function shrinkFolio(k: Kernel, head: number, order: number): boolean {
  const verdict = judge(k, head, order);
  if (verdict === "free") {
    lruUnisolate(k, head);
    // What was swapped out keeps its slot.
    forgetContent(k, head, order, true);
    k.ledger.reclaim(head);
    return true;
  }
  if (verdict === "activate") activate(k, head, order);
  lruPutback(k, head, order);
  return false;
}

function judge(k: Kernel, head: number, order: number): Verdict {
  const c = k.of(scColumns);
  const row = acRow(k);
  const flags = lruFlags(k, head);
  const pages = 1 << order;
  c.scanned.set(row, c.scanned.get(row) + pages);
  if ((flags & PG_UNEVICTABLE) !== 0) return "activate";
  if ((flags & PG_DIRTY) !== 0 && (flags & PG_WRITEBACK) === 0 && !isAnon(flags)) {
    c.batchUnqueuedDirty.set(row, c.batchUnqueuedDirty.get(row) + pages);
    c.unqueuedDirty.set(row, c.unqueuedDirty.get(row) + pages);
  }
  if ((flags & PG_WRITEBACK) !== 0) {
    if (!isAnon(flags)) setLruFlags(k, head, PG_RECLAIM);
    c.writeback.set(row, c.writeback.get(row) + pages);
    return "activate";
  }
  if ((flags & PG_REFERENCED) !== 0) {
    setLruFlags(k, head, 0, PG_REFERENCED);
    if (isAnon(flags)) return "activate";
    // Used once since the last look: worth keeping if letting go of it would cost a write.
    if ((flags & PG_DIRTY) !== 0) return "keep";
  }
  return isAnon(flags) ? judgeAnon(k, head, order) : judgeFile(k, head, order);
}

function judgeAnon(k: Kernel, head: number, order: number): Verdict {
  const c = k.of(scColumns);
  const row = acRow(k);
  const flags = lruFlags(k, head);
  if ((flags & PG_SWAPCACHE) === 0) {
    if ((c.gfp.get(row) & GFP.IO) === 0 || k.ledger.isPinned(head)) return "keep";
    if (!swapTake(k, 1 << order)) return "activate";
    setLruFlags(k, head, PG_SWAPCACHE | PG_DIRTY);
  }
  if (k.ledger.isPinned(head)) return "activate";
  if ((lruFlags(k, head) & PG_DIRTY) === 0) return "free";
  if ((c.gfp.get(row) & GFP.IO) === 0 || (c.flags.get(row) & SC_MAY_WRITEPAGE) === 0) return "keep";
  startWriteback(k, head, order);
  countEvent(k, VM.pswpout, 1 << order);
  return "keep";
}

/** Only kswapd writes page cache, and only where the flusher threads cannot keep up. */
function judgeFile(k: Kernel, head: number, order: number): Verdict {
  const c = k.of(scColumns);
  const row = acRow(k);
  const flags = lruFlags(k, head);
  if (k.ledger.isPinned(head)) return "activate";
  if ((flags & PG_DIRTY) === 0) return "free";
  const behind = k.of(pgdatColumns).dirty.get(nodeOfPage(k, head)) === 1;
  if ((c.flags.get(row) & SC_KSWAPD) === 0 || (flags & PG_RECLAIM) === 0 || !behind) {
    setLruFlags(k, head, PG_RECLAIM);
    return "activate";
  }
  if ((c.gfp.get(row) & GFP.FS) === 0 || (c.flags.get(row) & SC_MAY_WRITEPAGE) === 0) return "keep";
  startWriteback(k, head, order);
  return "keep";
}

function activate(k: Kernel, head: number, order: number): void {
  const flags = lruFlags(k, head);
  if (isAnon(flags) && (flags & (PG_SWAPCACHE | PG_WRITEBACK)) === PG_SWAPCACHE && swapIsFull(k)) {
    // folio_free_swap: the slot is worth more than the copy in it.
    setLruFlags(k, head, PG_DIRTY, PG_SWAPCACHE);
    swapFree(k, 1 << order);
    k.ledger.setUnsaved(head, true);
  }
  if ((flags & PG_UNEVICTABLE) !== 0) return;
  setLruFlags(k, head, PG_ACTIVE);
  countEvent(k, VM.pgactivate, 1 << order);
}

/** vm_swap_full(): more than half of it is in use. */
function swapIsFull(k: Kernel): boolean {
  return k.of(lruColumns).swapUsed.get(0) * 2 > (k.world.whole?.swapPages ?? 0);
}
