import type { Frame } from "../../model/frame.ts";
import { BLOCKED, NEXT } from "../../model/program.ts";
import { zoneLockStep } from "./alloc-pages.ts";
import { pcpLock, zoneLock } from "./columns.ts";
import { foldFreeDiff } from "./free-accounting.ts";
import { layoutOf } from "./mm-layout.ts";
import { decayPcpHigh } from "./pcp-sizing.ts";
import { freePcpBulk } from "./pcplist.ts";
import { BUDDY_COLUMNS, PCP_COLUMNS } from "./touches.ts";
import { defineWholeProgram } from "./whole-program.ts";

const LOCAL_ZONE = 2;
const LOCAL_PAGES = 3;

const zoneOf = (_k: unknown, f: Frame): number => f.get(LOCAL_ZONE);

/**
 * `vmstat_update`: once a second on each CPU. Folds its shares of the free counts in; in 6.12 lets the limits of its per-CPU
 * lists sink and returns what is above them.
 *
 * - **Context**: kernel thread of the CPU.
 * - **Leaves out**: returning pages of other nodes' zones after they have lain idle.
 * - **Source**: `refresh_cpu_vm_stats()` in mm/vmstat.c, `decay_pcp_high()` in mm/page_alloc.c, v6.12.
 */
export const vmstatUpdate = defineWholeProgram({
  name: "vmstat_update",
  role: "inner",
  locals: [
    { name: "result", sort: "count" },
    { name: "unused", sort: "count" },
    { name: "zone", sort: "zone" },
    { name: "pages", sort: "count" },
  ],
  steps: [
    {
      label: "fold",
      imitates: "refresh_cpu_vm_stats",
      needs: "any",
      cost: "none",
      touches: ["zone.freeDiff", "zone.nrFreeSeen", "mm.pcpCount", "pcp.high", "pcp.highMin", "pcp.batch"],
      run: (k, f) => {
        const zone = f.get(LOCAL_ZONE);
        if (zone === k.world.zones.length) return f.return(0);
        foldFreeDiff(k, zone, k.cpu);
        f.set(LOCAL_PAGES, layoutOf(k.world).v61 ? 0 : decayPcpHigh(k, zone, k.cpu));
        if (f.get(LOCAL_PAGES) > 0) return NEXT;
        f.set(LOCAL_ZONE, zone + 1);
        return f.goto("fold");
      },
    },
    {
      label: "pcp_lock",
      imitates: "decay_pcp_high",
      needs: "any",
      cost: "lock",
      touches: ["cpu.lockHolder", "cpu.preemptOff"],
      run: (k, f) => (k.tryLock(pcpLock(k, f.get(LOCAL_ZONE), k.cpu)) ? NEXT : BLOCKED),
    },
    zoneLockStep("zone_lock", "free_pcppages_bulk", zoneOf),
    {
      label: "decay",
      imitates: "decay_pcp_high",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...PCP_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const zone = f.get(LOCAL_ZONE);
        freePcpBulk(k, zone, k.cpu, f.get(LOCAL_PAGES));
        k.unlockIrqRestore(zoneLock(zone));
        k.unlock(pcpLock(k, zone, k.cpu));
        f.set(LOCAL_ZONE, zone + 1);
        return f.goto("fold");
      },
    },
  ],
});
