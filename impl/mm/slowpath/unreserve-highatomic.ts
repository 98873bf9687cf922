import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { NEXT } from "../../../model/program.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { acColumns, acRow, zoneLock } from "../columns.ts";
import { mayUnreserveHighatomic, unreserveHighatomic } from "../highatomic.ts";
import { AC_COLUMNS, BUDDY_COLUMNS } from "../touches.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { nextZoneref, zonelistOf } from "../zonelist.ts";

const LOCAL_FORCE = 2;
const LOCAL_ZONEREF = 3;

/**
 * `unreserve_highatomic_pageblock`: before the request that this level runs fails, gives it a pageblock of the reserve for
 * high-order atomic requests.
 *
 * - **Context**: any; called from the slow path, whose alloc_context it reads.
 * - **Shapes, units**: local 2 is 1 to take the last pageblock too; answers 1 if there was one.
 * - **Source**: `unreserve_highatomic_pageblock()` in mm/page_alloc.c.
 */
export const unreserveHighatomicPageblock = defineWholeProgram({
  name: "unreserve_highatomic_pageblock",
  role: "inner",
  locals: [
    { name: "result", sort: "count" },
    { name: "unused", sort: "count" },
    { name: "force", sort: "bool" },
    { name: "zoneref", sort: "count" },
  ],
  steps: [
    {
      label: "next_zone",
      imitates: "unreserve_highatomic_pageblock",
      needs: "any",
      cost: "none",
      touches: [...AC_COLUMNS, "zone.nrReservedHighatomic"],
      run: (k, f) => {
        const zone = zoneAt(k, f);
        if (zone < 0) return f.return(0);
        if (mayUnreserveHighatomic(k, zone, f.get(LOCAL_FORCE) === 1)) return NEXT;
        f.set(LOCAL_ZONEREF, f.get(LOCAL_ZONEREF) + 1);
        return f.goto("next_zone");
      },
    },
    {
      ...zoneLockStep("zone_lock", "unreserve_highatomic_pageblock", zoneAt),
      touches: [...AC_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"],
    },
    {
      label: "unreserve",
      imitates: "unreserve_highatomic_pageblock",
      needs: "any",
      cost: "list",
      touches: [...BUDDY_COLUMNS, ...AC_COLUMNS, "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const zone = zoneAt(k, f);
        const done = unreserveHighatomic(k, zone, k.of(acColumns).freetype.get(acRow(k)));
        k.unlockIrqRestore(zoneLock(zone));
        if (done) return f.return(1);
        f.set(LOCAL_ZONEREF, f.get(LOCAL_ZONEREF) + 1);
        return f.goto("next_zone");
      },
    },
  ],
});

/** The zone that the walk is at, past those too high for the request; -1 at the end. */
function zoneAt(k: Kernel, f: Frame): number {
  const c = k.of(acColumns);
  const row = acRow(k);
  const zonelist = zonelistOf(k, c.node.get(row), c.gfp.get(row));
  const at = nextZoneref(k, zonelist, f.get(LOCAL_ZONEREF), c.highestZone.get(row));
  f.set(LOCAL_ZONEREF, at);
  return zonelist[at] ?? -1;
}
