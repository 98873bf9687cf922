import { defineColumns } from "./column.ts";
import type { World } from "./world.ts";

/**
 * What a local of any program may have to hold: a link to a page, a set of CPUs, a request, an order. Ranges, which only the
 * whole allocator has, end at the link of the page behind their last.
 */
function largestLocal(world: World): number {
  return Math.max(
    world.whole === undefined ? world.pages : world.pages + 1,
    2 ** world.cpus - 1,
    world.requests.length,
    world.freetypes,
    world.geometry.maxOrder + 1,
  );
}

/** Scheduling state of the kernel: who runs, who holds what, which function is where. */
export const kernelColumns = defineColumns("cpu", {
  /** Nesting of IRQ-off sections. */
  irqsOff: { sort: "count", owner: "kernel", per: ["cpu"], max: () => 7 },
  /** The CPU spins for a lock with interrupts off already: it acknowledges nothing until it has the lock. */
  spinning: { sort: "bool", owner: "kernel", per: ["cpu"] },
  /** Nesting of preemption-off sections; a spinlock is one. */
  preemptOff: { sort: "count", owner: "kernel", per: ["cpu"], max: () => 7 },
  /** Which task-level stack has the CPU: 0 none (idle or yielded), 1 task, 2 worker. */
  running: { sort: "count", owner: "kernel", per: ["cpu"], max: () => 2 },
  depth: { sort: "count", owner: "kernel", per: ["level"], max: () => 15 },
  /** Program counter of a frame: global step index + 1; 0 is an empty frame. */
  pc: { sort: "program", owner: "kernel", per: ["frame"] },
  local: { sort: "count", owner: "kernel", per: ["frame", "local"], max: largestLocal },
  lockHolder: { sort: "cpu", owner: "kernel", per: ["lock"], link: true },
});

/** Inter-processor interrupts: one request block per initiator and target, one description per initiator. */
export const ipiColumns = defineColumns("ipi", {
  /** 0 free or acknowledged, 1 sent, 2 handler running. */
  request: { sort: "count", owner: "kernel", per: ["cpu", "peer"], max: () => 2, observable: true },
  handler: { sort: "program", owner: "kernel", per: ["cpu"] },
  /** The range to invalidate, as flush_tlb_info carries it; `pages` 0 means everything. */
  start: { sort: "pfn", owner: "kernel", per: ["cpu"], link: true },
  pages: { sort: "count", owner: "kernel", per: ["cpu"], max: (w) => w.pages },
});

export const IPI_FREE = 0;
export const IPI_SENT = 1;
export const IPI_RUNNING = 2;

/** Calls still allowed per CPU; owned by the workload, so that a search ends. */
export const workloadColumns = defineColumns("work", {
  quota: { sort: "count", owner: "workload", per: ["cpu"], max: () => 255 },
});
