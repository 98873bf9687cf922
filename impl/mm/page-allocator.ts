import type { Design } from "../../model/design.ts";
import type { Software } from "../../model/software.ts";
import { allocPages } from "./alloc-pages.ts";
import { freeOnePage } from "./buddy.ts";
import { mmColumns } from "./columns.ts";
import { drainPages } from "./drain-pages.ts";
import { freePages } from "./free-pages.ts";
import { pcpListsPerCpu } from "./pcplist.ts";

/** The page allocator with a design plugged into its hooks: everything a machine needs to run it. */
export function pageAllocator(design: Design): Software {
  const alloc = allocPages(design.hooks);
  const free = freePages(design.hooks);
  const hooks = [design.hooks.allocated, design.hooks.freePrepare].filter((hook) => hook !== undefined);
  const workers = design.workers.map((worker) => worker.program);
  return {
    design,
    groups: [mmColumns, ...design.groups],
    programs: [alloc, free, drainPages, ...new Set([...hooks, ...workers, ...design.programs])],
    alloc,
    free,
    drain: drainPages,
    locks: (cpus) => 1 + cpus,
    lists: (p) => [
      { name: "buddy", count: (p.geometry.maxOrder + 1) * p.freetypes, mustDrain: false },
      { name: "pcp", count: p.cpus * pcpListsPerCpu(p.freetypes, p.geometry.costlyOrder), mustDrain: false },
      ...design.lists(p.cpus),
    ],
    boot: (k, blocks) => {
      for (const { pfn, order } of blocks) freeOnePage(k, pfn, order);
    },
  };
}
