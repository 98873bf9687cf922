import type { Design } from "../../model/design.ts";
import type { Software, WorldParameters } from "../../model/software.ts";
import type { ListKind } from "../../model/world.ts";
import { allocPages } from "./alloc-pages.ts";
import { freeOnePage } from "./buddy.ts";
import { mmColumns, pcpLock, ZONE_LOCK } from "./columns.ts";
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
      { name: "buddy", count: (p.geometry.maxOrder + 1) * p.freetypes, mustDrain: false, lock: () => ZONE_LOCK },
      pcpKind(p),
      ...design.lists(p.cpus),
    ],
    boot: (k, blocks) => {
      k.lockIrqSave(ZONE_LOCK);
      for (const { pfn, order } of blocks) freeOnePage(k, pfn, order);
      k.unlockIrqRestore(ZONE_LOCK);
    },
  };
}

function pcpKind({ cpus, freetypes, geometry }: WorldParameters): ListKind {
  const perCpu = pcpListsPerCpu(freetypes, geometry.costlyOrder);
  return {
    name: "pcp",
    count: cpus * perCpu,
    mustDrain: false,
    lock: (index) => pcpLock(Math.floor(index / perCpu)),
  };
}
