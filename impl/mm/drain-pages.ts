import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { BLOCKED, defineProgram, NEXT, type Outcome } from "../../model/program.ts";
import { zoneLockStep } from "./alloc-pages.ts";
import { mmColumns, pcpColumns, pcpLock, zoneCpu, zoneLock } from "./columns.ts";
import { PCP_BATCH_SCALE_MAX } from "./pcp-sizing.ts";
import { freePcpBulk } from "./pcplist.ts";
import { BUDDY_COLUMNS, PCP_COLUMNS } from "./touches.ts";

const LOCAL_ONLY = 1;
const LOCAL_ZONE = 2;
const LOCAL_TARGET = 3;

const zoneOf = (_k: Kernel, f: Frame): number => f.get(LOCAL_ZONE);

/**
 * `drain_pages`: returns all pages on one CPU's per-CPU lists to the buddy lists, from any CPU.
 *
 * - **Context**: task; takes the target's pcp lock, which its owner only ever tries.
 * - **Shapes, units**: local 2 is the zone being drained, local 3 the CPU, + 1; local 1 is 1 if the zones behind it are to be
 *   left alone.
 * - **Source**: `drain_pages()`, `drain_pages_zone()` in mm/page_alloc.c.
 */
export const drainPages = defineProgram({
  name: "drain_pages",
  role: "drain",
  locals: [
    { name: "result", sort: "count" },
    { name: "only", sort: "bool" },
    { name: "zone", sort: "zone" },
    { name: "target", sort: "cpu", link: true },
  ],
  steps: [
    {
      label: "pcp_lock",
      imitates: "drain_pages_zone",
      needs: "any",
      cost: "lock",
      touches: ["cpu.lockHolder", "cpu.preemptOff", "mm.pcpCount"],
      run: (k, f) => {
        const [zone, target] = [f.get(LOCAL_ZONE), f.get(LOCAL_TARGET) - 1];
        if (!k.tryLock(pcpLock(k, zone, target))) return BLOCKED;
        if (k.world.whole === undefined || k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, target)) > 0) return NEXT;
        k.unlock(pcpLock(k, zone, target));
        return nextZone(k, f);
      },
    },
    zoneLockStep("zone_lock", "drain_pages_zone", zoneOf),
    {
      label: "drain",
      imitates: "free_pcppages_bulk",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...PCP_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const target = f.get(LOCAL_TARGET) - 1;
        const zone = f.get(LOCAL_ZONE);
        const left = drainSome(k, zone, target);
        k.unlockIrqRestore(zoneLock(zone));
        k.unlock(pcpLock(k, zone, target));
        if (left > 0) return f.goto("pcp_lock");
        return nextZone(k, f);
      },
    },
  ],
});

function nextZone(k: Kernel, f: Frame): Outcome {
  const zone = f.get(LOCAL_ZONE);
  if (f.get(LOCAL_ONLY) === 1 || zone + 1 === k.world.zones.length) return f.return(0);
  f.set(LOCAL_ZONE, zone + 1);
  return f.goto("pcp_lock");
}

/** Returns everything, in the whole allocator as much as one hold of the locks may take; answers what is left. */
export function drainSome(k: Kernel, zone: number, cpu: number): number {
  const count = k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, cpu));
  const most = k.world.whole === undefined ? count : k.of(pcpColumns).batch.get(zone) << PCP_BATCH_SCALE_MAX;
  freePcpBulk(k, zone, cpu, Math.min(count, most));
  return k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, cpu));
}
