import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { USE_ANON, USE_FILE } from "../../../model/ledger.ts";
import { defineProgram, type Outcome, type Program } from "../../../model/program.ts";
import {
  batchAdd,
  batchDrain,
  isAnon,
  isLruPage,
  lruActivate,
  lruAdd,
  lruDel,
  lruFlags,
  lruRotate,
  nodeOfPage,
  PG_ACTIVE,
  PG_DIRTY,
  PG_LRU,
  PG_RECLAIM,
  PG_REFERENCED,
  PG_SWAPBACKED,
  PG_UNEVICTABLE,
  PG_WRITEBACK,
  setLruFlags,
  swapFree,
} from "./lru.ts";
import { LRU_COLUMNS, lruColumns } from "./lru-columns.ts";

const LOCAL_PAGE = 3;

/**
 * What the owners of page-cache and anonymous pages tell the kernel about them. Each is one step under the lru lock, the page
 * flags, or a CPU's own batch.
 *
 * - **Shapes, units**: local 2 is an order (ignored: the ledger has it), local 3 the link of the folio's first page.
 * - **Context**: task; `end_writeback` also from interrupts.
 * - **Source**: mm/swap.c, mm/mlock.c, mm/page-writeback.c, v6.12.
 */
export const folioAddLru = call("folio_add_lru", "folio_add_lru", (k, head, order) => {
  const use = k.ledger.use(head);
  if ((use !== USE_FILE && use !== USE_ANON) || isLruPage(k, head)) return;
  // An anonymous page exists nowhere but here: it is born dirty.
  if (use === USE_ANON) {
    setLruFlags(k, head, PG_SWAPBACKED | PG_DIRTY);
    k.ledger.setUnsaved(head, true);
  }
  if (batchAdd(k, head, order)) batchDrain(k, k.cpu);
});

/** `lru_add_drain_cpu()` of every CPU. */
export const lruAddDrainAll: Program = defineProgram({
  name: "lru_add_drain_all",
  role: "inner",
  locals: [{ name: "result", sort: "count" }],
  steps: [
    {
      label: "drain",
      imitates: "lru_add_drain_per_cpu",
      needs: "any",
      cost: "lock",
      touches: [...LRU_COLUMNS],
      whole: true,
      run: (k, f) => {
        for (let cpu = 0; cpu < k.world.cpus; cpu++) batchDrain(k, cpu);
        return f.return(0);
      },
    },
  ],
});

/** The second access activates; the first only marks. An anonymous page's accesses are what its page tables would show. */
export const folioMarkAccessed = call("folio_mark_accessed", "folio_mark_accessed", (k, head, order) => {
  const flags = lruFlags(k, head);
  if (!isOwned(k, head)) return;
  if ((flags & PG_REFERENCED) === 0 || isAnon(flags)) setLruFlags(k, head, PG_REFERENCED);
  else if ((flags & (PG_UNEVICTABLE | PG_ACTIVE)) === 0) {
    lruActivate(k, head, order);
    setLruFlags(k, head, 0, PG_REFERENCED);
  }
});

/** The content is newer than any copy of it. The workload records the same in its ledger. */
export const folioMarkDirty = call("folio_mark_dirty", "folio_mark_dirty", (k, head, order) => {
  const flags = lruFlags(k, head);
  if (!isOwned(k, head)) return;
  k.ledger.setUnsaved(head, true);
  if ((flags & PG_DIRTY) !== 0) return;
  setLruFlags(k, head, PG_DIRTY, isAnon(flags) ? 0 : PG_RECLAIM);
  if (isAnon(flags)) return;
  const { dirty } = k.of(lruColumns);
  dirty.set(nodeOfPage(k, head), dirty.get(nodeOfPage(k, head)) + (1 << order));
});

/** The device has written the page: its content is saved unless it was changed meanwhile. */
export const endWriteback = call("end_writeback", "folio_end_writeback", (k, head, order) => {
  endWritebackOf(k, head, order);
});

export const mlockFolio = call("mlock_folio", "mlock_folio", (k, head, order) => {
  setUnevictable(k, head, order, true);
});

export const munlockFolio = call("munlock_folio", "munlock_folio", (k, head, order) => {
  setUnevictable(k, head, order, false);
});

/** A swapped-out page has been read back, or its owner has gone: its slot is free. */
export const swapFreeSlot = call("swap_free", "swap_free", (k) => {
  swapFree(k, 1);
});

export const LRU_CALLS: readonly Program[] = [
  folioAddLru,
  lruAddDrainAll,
  folioMarkAccessed,
  folioMarkDirty,
  endWriteback,
  mlockFolio,
  munlockFolio,
  swapFreeSlot,
];

/** Part of one step: the write that `startWriteback` began is over. */
export function endWritebackOf(k: Kernel, head: number, order: number): void {
  const flags = lruFlags(k, head);
  if ((flags & PG_WRITEBACK) === 0) return;
  const { writeback } = k.of(lruColumns);
  const node = nodeOfPage(k, head);
  writeback.set(node, writeback.get(node) - (1 << order));
  // A page that was written to again is as unsaved as before.
  if ((flags & PG_DIRTY) === 0) k.ledger.setUnsaved(head, false);
  const wanted = isAnon(flags) || (flags & PG_RECLAIM) !== 0;
  setLruFlags(k, head, 0, PG_WRITEBACK | (isAnon(flags) ? 0 : PG_RECLAIM));
  if (wanted) lruRotate(k, head, order);
}

/** Part of one step: the page is handed to the device. **Source**: `clear_page_dirty_for_io()`, `folio_start_writeback()`. */
export function startWriteback(k: Kernel, head: number, order: number): void {
  const flags = lruFlags(k, head);
  const c = k.of(lruColumns);
  const node = nodeOfPage(k, head);
  if ((flags & PG_DIRTY) !== 0 && !isAnon(flags)) c.dirty.set(node, c.dirty.get(node) - (1 << order));
  c.writeback.set(node, c.writeback.get(node) + (1 << order));
  setLruFlags(k, head, PG_WRITEBACK, PG_DIRTY);
}

function setUnevictable(k: Kernel, head: number, order: number, on: boolean): void {
  const flags = lruFlags(k, head);
  if (!isOwned(k, head) || ((flags & PG_UNEVICTABLE) !== 0) === on) return;
  const listed = (flags & PG_LRU) !== 0;
  if (listed) lruDel(k, head, order);
  setLruFlags(k, head, on ? PG_UNEVICTABLE : 0, on ? PG_ACTIVE : PG_UNEVICTABLE);
  if (listed) lruAdd(k, head, order);
}

function isOwned(k: Kernel, head: number): boolean {
  const use = k.ledger.order(head) < 0 ? -1 : k.ledger.use(head);
  return use === USE_FILE || use === USE_ANON;
}

type Act = (k: Kernel, head: number, order: number) => void;

function call(name: string, imitates: string, act: Act): Program {
  return defineProgram({
    name,
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "request", sort: "request" },
      { name: "order", sort: "order" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [
      {
        label: name,
        imitates,
        needs: "any",
        cost: "lock",
        touches: [...LRU_COLUMNS],
        whole: true,
        run: (k, f) => once(k, f, act),
      },
    ],
  });
}

/** Nothing happens to a page that its owner no longer has. */
function once(k: Kernel, f: Frame, act: Act): Outcome {
  const head = f.get(LOCAL_PAGE) - 1;
  if (head < 0 || k.ledger.order(head) >= 0) act(k, Math.max(head, 0), Math.max(k.ledger.order(Math.max(head, 0)), 0));
  return f.return(0);
}
