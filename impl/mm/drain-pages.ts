import { BLOCKED, defineProgram, NEXT } from "../../model/program.ts";
import { zoneLockStep } from "./alloc-pages.ts";
import { pcpLock, ZONE_LOCK } from "./columns.ts";
import { freePcpBulk } from "./pcplist.ts";
import { BUDDY_COLUMNS, PCP_COLUMNS } from "./touches.ts";

const LOCAL_TARGET = 3;

/**
 * `drain_pages`: returns all pages on one CPU's per-CPU lists to the buddy lists, from any CPU.
 *
 * - **Context**: task; takes the target's pcp lock, which its owner only ever tries.
 * - **Shapes, units**: local 3 is the CPU, + 1.
 * - **Source**: `drain_pages_zone()` in mm/page_alloc.c, v6.12.
 */
export const drainPages = defineProgram({
  name: "drain_pages",
  role: "drain",
  locals: [
    { name: "result", sort: "count" },
    { name: "request", sort: "request" },
    { name: "order", sort: "order" },
    { name: "target", sort: "cpu", link: true },
  ],
  steps: [
    {
      label: "pcp_lock",
      imitates: "drain_pages_zone",
      needs: "any",
      cost: "lock",
      touches: ["cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) => (k.tryLock(pcpLock(f.get(LOCAL_TARGET) - 1)) ? NEXT : BLOCKED),
    },
    zoneLockStep("zone_lock", "drain_pages_zone"),
    {
      label: "drain",
      imitates: "free_pcppages_bulk",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...PCP_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const target = f.get(LOCAL_TARGET) - 1;
        freePcpBulk(k, target, k.world.pages);
        k.unlockIrqRestore(ZONE_LOCK);
        k.unlock(pcpLock(target));
        return f.return(0);
      },
    },
  ],
});
