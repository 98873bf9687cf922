import { defineColumns } from "./column.ts";

/**
 * What a CPU may have cached of a protected context, and the five answers it can give for a page.
 *
 * `absent`: cannot hold it. `cached`: may hold it, leaf present. `stale`: may hold it or still be walking it, leaf cleared.
 * `fenced`, `fencedPresent`: may hold it, but the CPU provably invalidates before the context is usable again.
 */
export const TRANSLATION = { absent: 0, cached: 1, stale: 2, fenced: 3, fencedPresent: 4 } as const;

/** One row per CPU × context × page in worlds small enough to be searched. */
export const translationColumns = defineColumns("tlb", {
  /** May-hold: a `TRANSLATION`. Explicit: 1 when the entry is held. */
  entry: {
    sort: "count",
    owner: "ghost",
    per: ["cpu", "context", "page"],
    max: () => 4,
    observable: true,
    when: (w) => w.translations !== "epochs",
  },
  /** Epochs: the moment of the latest clear of the page's leaf, and the latest invalidations. Units: clears since boot. */
  clearedAt: {
    sort: "count",
    owner: "ghost",
    per: ["page"],
    when: (w) => w.translations === "epochs" && w.contexts > 0,
  },
  flushedAt: {
    sort: "count",
    owner: "ghost",
    per: ["cpu"],
    when: (w) => w.translations === "epochs" && w.contexts > 0,
  },
  pageFlushedAt: {
    sort: "count",
    owner: "ghost",
    per: ["cpu", "page"],
    when: (w) => w.translations === "epochs" && w.contexts > 0,
  },
  // Also where nothing is protected: a group without a column is no part of the world.
  epoch: { sort: "count", owner: "ghost", per: [], when: (w) => w.translations === "epochs" },
});

/**
 * The translations of all CPUs behind one interface, with three keepers: may-hold (searches), explicit fill and evict
 * (cross-checks), epochs (zones of millions of pages).
 *
 * - **Shapes, units**: `pfn` is a row of the memmap; contexts are numbered per CPU from 0.
 * - **Source**: rules H1 to H7 of docs/modelling.md; Intel SDM vol. 3 chapter 4.10, AMD APM vol. 2 chapter 5.5.
 */
export interface Translations {
  /** The leaf of `pfn` was set present: a CPU with the context loaded may cache it from now on. */
  leafSet(pfn: number): void;
  /** The leaf was cleared: nothing leaves any TLB by that (rule H3). */
  leafCleared(pfn: number): void;
  /** INVLPG on `cpu`: drops one page of the context that is loaded there, and walks in flight. */
  invalidatePage(cpu: number, pfn: number): void;
  /** INVPCID type 2 on `cpu`: drops everything of every context. */
  invalidateAll(cpu: number): void;
  /** The CPU loads its protected context by a CR3 write that flushes it (no NOFLUSH). */
  load(cpu: number): void;
  /** The CPU leaves its protected context; every later load flushes, so what it holds is fenced. */
  unload(cpu: number): void;
  /** A `TRANSLATION`. */
  entry(cpu: number, context: number, pfn: number): number;
  /** The CPU can use an entry for `pfn` in its current mode. */
  usable(cpu: number, context: number, pfn: number): boolean;
  /** The CPU holds an entry for `pfn` under the context, loaded or not, and does not invalidate it before it is next usable. */
  mayUse(cpu: number, context: number, pfn: number): boolean;
  /** No CPU holds an entry for `pfn` that it could use before an invalidation. */
  discharged(pfn: number): boolean;
  /** Explicit hardware only: the speculative fill and the eviction that a CPU may do at any time. */
  canFill(cpu: number, pfn: number): boolean;
  canEvict(cpu: number, pfn: number): boolean;
  fill(cpu: number, pfn: number): void;
  evict(cpu: number, pfn: number): void;
}
