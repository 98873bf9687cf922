import type { Frame } from "../../model/frame.ts";
import type { Kernel } from "../../model/kernel.ts";
import { BLOCKED, type MicroStep, NEXT, type Program, YIELD } from "../../model/program.ts";
import { mmColumns, zoneColumns, zoneCpu } from "./columns.ts";
import { drainPages } from "./drain-pages.ts";
import { defineWholeProgram } from "./whole-program.ts";

const LOCAL_ZONE = 2;
/** CPUs whose lists were not empty when the call looked. */
const LOCAL_TODO = 3;

/**
 * `drain_all_pages(NULL)`: every CPU's per-CPU lists of all zones go back to the buddy lists, one CPU after the other. Somebody
 * who finds a drain going on relies on it and does nothing.
 *
 * - **Context**: task. The lists' locks are taken from here; nobody is interrupted.
 * - **Source**: `__drain_all_pages()` in mm/page_alloc.c (the same in 6.1, since 5.19 took its per-CPU work away).
 */
export const drainAllPages = drainProgram("drain_all_pages", false);

/**
 * `drain_all_pages(zone)`: the lists of one zone, and not before other drains are over.
 *
 * - **Shapes, units**: local 2 the zone.
 */
export const drainZone = drainProgram("drain_zone", true);

function drainProgram(name: string, oneZone: boolean): Program {
  return defineWholeProgram({
    name,
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "unused", sort: "count" },
      { name: "zone", sort: "zone" },
      { name: "todo", sort: "cpuSet" },
    ],
    steps: [...mutexSteps(oneZone), ...cpuSteps(oneZone)],
  });
}

function mutexSteps(oneZone: boolean): MicroStep[] {
  return [
    {
      label: "mutex_lock",
      imitates: "__drain_all_pages",
      needs: "any",
      cost: "lock",
      touches: ["zone.drainer"],
      run: (k, f) => {
        const { drainer } = k.of(zoneColumns);
        if (drainer.get(0) === 0) {
          drainer.set(0, k.cpu + 1);
          return f.goto("look");
        }
        if (!oneZone) return f.return(0);
        // Another task of this CPU drains: it has to be let run.
        return drainer.get(0) === k.cpu + 1 ? YIELD : BLOCKED;
      },
    },
    {
      label: "mutex_again",
      imitates: "__drain_all_pages",
      needs: "any",
      cost: "none",
      touches: ["zone.drainer"],
      run: (_k, f) => f.goto("mutex_lock"),
    },
  ];
}

function cpuSteps(oneZone: boolean): MicroStep[] {
  return [
    {
      label: "look",
      imitates: "__drain_all_pages",
      needs: "any",
      cost: "none",
      touches: ["mm.pcpCount"],
      run: (k, f) => {
        let todo = 0;
        for (let cpu = 0; cpu < k.world.cpus; cpu++) if (hasPages(k, f, cpu, oneZone)) todo |= 1 << cpu;
        f.set(LOCAL_TODO, todo);
        return NEXT;
      },
    },
    {
      label: "drain",
      imitates: "drain_pages",
      needs: "any",
      cost: "none",
      touches: ["zone.drainer"],
      run: (k, f) => {
        const todo = f.get(LOCAL_TODO);
        if (todo === 0) {
          k.of(zoneColumns).drainer.set(0, 0);
          return f.return(1);
        }
        const cpu = 31 - Math.clz32(todo & -todo);
        f.set(LOCAL_TODO, todo & (todo - 1));
        return k.call(drainPages, 0, oneZone ? 1 : 0, oneZone ? f.get(LOCAL_ZONE) : 0, cpu + 1);
      },
    },
    {
      label: "drained",
      imitates: "drain_pages",
      needs: "any",
      cost: "none",
      touches: [],
      run: (_k, f) => f.goto("drain"),
    },
  ];
}

/** A racy look: a free may be about to add the first page. */
function hasPages(k: Kernel, f: Frame, cpu: number, oneZone: boolean): boolean {
  const { pcpCount } = k.of(mmColumns);
  if (oneZone) return pcpCount.get(zoneCpu(k, f.get(LOCAL_ZONE), cpu)) > 0;
  for (let zone = 0; zone < k.world.zones.length; zone++) if (pcpCount.get(zoneCpu(k, zone, cpu)) > 0) return true;
  return false;
}
