import type { Hooks } from "../../model/design.ts";
import type { Program } from "../../model/program.ts";
import { allocBulk } from "./alloc-bulk.ts";
import { allocExact } from "./alloc-exact.ts";
import { drainAllPages, drainZone } from "./drain-all-pages.ts";
import { releasePages } from "./release-pages.ts";
import { unreserveHighatomicPageblock } from "./slowpath/unreserve-highatomic.ts";
import { vmstatUpdate } from "./vmstat-update.ts";

/** Entry points of the page allocator itself beside alloc_pages and free_pages, by the kernel's names, built per design. */
export function coreCalls(hooks: Hooks, alloc: Program): Readonly<Record<string, Program>> {
  return {
    alloc_pages_bulk: allocBulk(hooks, alloc),
    alloc_pages_exact: allocExact(hooks, alloc),
    release_pages: releasePages(hooks),
    drain_all_pages: drainAllPages,
    drain_zone: drainZone,
    vmstat_update: vmstatUpdate,
    unreserve_highatomic_pageblock: unreserveHighatomicPageblock,
  };
}
