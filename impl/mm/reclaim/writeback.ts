import type { Worker } from "../../../model/design.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type MicroStep, NEXT, YIELD } from "../../../model/program.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { nodeWanting } from "../worker-cpu.ts";
import { isAnon, lruFlags, nodeOfPage, PG_DIRTY, PG_WRITEBACK } from "./lru.ts";
import { endWritebackOf, startWriteback } from "./lru-calls.ts";
import { LRU_COLUMNS, lruColumns } from "./lru-columns.ts";

const LOCAL_NODE = 1;
const LOCAL_AT = 2;

/** Pages looked at in one step in search of one to write or complete. */
const LOOK = 1024;

/**
 * The flusher thread of a node and the device behind it, as one thread: writes the dirty page cache that reclaim has run into,
 * then reports every page under write, swap included, as written.
 *
 * The device's completions would come as interrupts; here they come one page a step, from low to high addresses, whenever the
 * scheduler lets the thread run. `end_writeback` does the same from outside, in any order.
 *
 * - **Source**: `wb_workfn()` in fs/fs-writeback.c; `folio_end_writeback()` in mm/filemap.c.
 */
const writeback = defineWholeProgram({
  name: "writeback",
  role: "worker",
  locals: [
    { name: "result", sort: "count" },
    { name: "node", sort: "node" },
    { name: "at", sort: "pfn", link: true },
  ],
  steps: [startStep(), writeStep(), completeStep()],
});

export const writebackWorker: Worker = {
  name: "writeback",
  program: writeback,
  wanted: (k, cpu) => k.world.whole?.reclaim === true && nodeWanting(k, cpu, (node) => isWanted(k, node)) >= 0,
};

function isWanted(k: Kernel, node: number): boolean {
  const c = k.of(lruColumns);
  return c.flushWanted.get(node) === 1 || c.writeback.get(node) > 0;
}

function startStep(): MicroStep {
  return {
    label: "begin",
    imitates: "wb_workfn",
    needs: "may-sleep",
    cost: "none",
    touches: ["lru.flushWanted", "lru.writeback"],
    run: (k, f) => {
      const node = nodeWanting(k, k.cpu, (at) => isWanted(k, at));
      if (node < 0) return f.return(0);
      f.set(LOCAL_NODE, node);
      const asked = k.of(lruColumns).flushWanted.get(node) === 1;
      return asked ? NEXT : f.goto("folio_end_writeback");
    },
  };
}

function writeStep(): MicroStep {
  return {
    label: "writepages",
    imitates: "write_cache_pages",
    needs: "may-sleep",
    cost: "none",
    touches: [...LRU_COLUMNS, "lru.flushWanted"],
    run: (k, f) => {
      const node = f.get(LOCAL_NODE);
      const c = k.of(lruColumns);
      const wanted = (flags: number): boolean => (flags & (PG_DIRTY | PG_WRITEBACK)) === PG_DIRTY && !isAnon(flags);
      const from = f.get(LOCAL_AT);
      const found = c.dirty.get(node) === 0 ? -1 : look(k, node, from, wanted);
      if (found >= 0) startWriteback(k, found, k.ledger.order(found));
      const at = found >= 0 ? found + 1 : from + LOOK;
      if (at < k.world.pages && c.dirty.get(node) > 0) {
        f.set(LOCAL_AT, at);
        return f.goto("writepages");
      }
      c.flushWanted.set(node, 0);
      f.set(LOCAL_AT, 0);
      return YIELD;
    },
  };
}

function completeStep(): MicroStep {
  return {
    label: "folio_end_writeback",
    imitates: "folio_end_writeback",
    needs: "any",
    cost: "none",
    touches: [...LRU_COLUMNS],
    run: (k, f) => {
      const node = f.get(LOCAL_NODE);
      const from = f.get(LOCAL_AT);
      const found = look(k, node, from, (flags) => (flags & PG_WRITEBACK) !== 0);
      if (found >= 0) endWritebackOf(k, found, k.ledger.order(found));
      const at = found >= 0 ? found + 1 : from + LOOK;
      if (at >= k.world.pages || k.of(lruColumns).writeback.get(node) === 0) return f.return(0);
      f.set(LOCAL_AT, at);
      return f.goto("folio_end_writeback");
    },
  };
}

/** The first page of a node at or behind `from`, among those of one step, whose flags are as wanted; -1 if there is none. */
function look(k: Kernel, node: number, from: number, wanted: (flags: number) => boolean): number {
  const end = Math.min(from + LOOK, k.world.pages);
  for (let pfn = from; pfn < end; pfn++) {
    const flags = lruFlags(k, pfn);
    if (flags !== 0 && wanted(flags) && nodeOfPage(k, pfn) === node && k.ledger.order(pfn) >= 0) return pfn;
  }
  return -1;
}
