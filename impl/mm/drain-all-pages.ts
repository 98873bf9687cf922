import { drainPages } from "./drain-pages.ts";
import { defineWholeProgram } from "./whole-program.ts";

const LOCAL_ZONE = 2;
const LOCAL_CPU = 3;

/**
 * `drain_all_pages(zone)`: every CPU's per-CPU lists go back to the buddy lists, one CPU after the other.
 *
 * - **Context**: task. The lists' locks are taken from here; nobody is interrupted.
 * - **Shapes, units**: local 2 the zone; zones behind it are drained as well.
 * - **Source**: `__drain_all_pages()` in mm/page_alloc.c, v6.12 (6.1 does the same since 5.19 took its per-CPU work away).
 */
export const drainAllPages = defineWholeProgram({
  name: "drain_all_pages",
  role: "inner",
  locals: [
    { name: "result", sort: "count" },
    { name: "unused", sort: "count" },
    { name: "zone", sort: "zone" },
    { name: "done", sort: "count" },
  ],
  steps: [
    {
      label: "drain",
      imitates: "drain_pages_zone",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => k.call(drainPages, 0, 0, f.get(LOCAL_ZONE), f.get(LOCAL_CPU) + 1),
    },
    {
      label: "drained",
      imitates: "drain_pages_zone",
      needs: "any",
      cost: "none",
      touches: [],
      run: (k, f) => {
        if (f.get(LOCAL_CPU) + 1 === k.world.cpus) return f.return(1);
        f.set(LOCAL_CPU, f.get(LOCAL_CPU) + 1);
        return f.goto("drain");
      },
    },
  ],
});
