import type { Kernel } from "../../../model/kernel.ts";
import { VM, VM_EVENTS, type VmEvent } from "../../../model/vm-events.ts";
import { nodes, populatedZones } from "./buddyinfo.ts";
import { addUp, type Counter, nodeCounters, zoneCounters } from "./counters.ts";

/**
 * /proc/vmstat: zone counters, node counters, event counters; those that the model has, in the kernel's order and under its
 * names.
 *
 * - **Source**: `vmstat_text` and `vmstat_show()` in mm/vmstat.c, v6.1 and v6.12: what is kept here has the same order in both.
 */
export function vmstat(k: Kernel): string {
  const counters: Counter[] = [
    ...addUp(populatedZones(k).map((zone) => zoneCounters(k, zone))),
    ...withWorkingset(k, addUp(nodes(k).map((node) => nodeCounters(k, node)))),
    ...events(k),
    // The kernel keeps this line for programs that look for it.
    ["nr_unstable", 0],
  ];
  return counters.map(([name, value]) => `${name} ${value}\n`).join("");
}

const WORKINGSET: readonly VmEvent[] = ["workingset_refault_anon", "workingset_refault_file"];

/** Refaults are node counters, behind the isolated pages; the model counts them for the whole machine. */
function withWorkingset(k: Kernel, counters: readonly Counter[]): Counter[] {
  const at = counters.findIndex(([name]) => name === "nr_isolated_file") + 1;
  return [...counters.slice(0, at), ...WORKINGSET.map((name) => event(k, name)), ...counters.slice(at)];
}

function events(k: Kernel): Counter[] {
  const hasCma = (k.world.whole?.cmaBlocks ?? 0) > 0;
  return [...EVENTS, ...(hasCma ? CMA_EVENTS : [])].map((name) => event(k, name));
}

function event(k: Kernel, name: VmEvent): Counter {
  return [name, k.events[VM[name]] ?? 0];
}

const CMA_EVENTS: readonly VmEvent[] = ["cma_alloc_success", "cma_alloc_fail"];

const EVENTS = VM_EVENTS.filter((name) => !WORKINGSET.includes(name) && !CMA_EVENTS.includes(name));
