import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * One CPU's shootdown. Its answers are kept by one `acknowledgement` chart per target.
 *
 *     idle ──begin──▶ open ──send──▶ open ──complete──▶ idle
 *
 * It orders events and proves nothing: whether a page is discharged is decided by translations alone, and a shootdown
 * helps because each acknowledgement is an invalidation. It may therefore address any set of CPUs, the empty one included;
 * a set that is too small leaves some translation `stale`, and `flushed` stays shut.
 *
 * The missing edge: `idle` has no `send`. A request that belongs to no shootdown is one that nobody waits for.
 *
 * - **Source**: `flush_tlb_kernel_range()`, `smp_call_function_many_cond()`.
 */
export const shootdownMachine = createMachine({
  id: "shootdown",
  initial: "idle",
  states: {
    idle: {
      description: "No request of this CPU is unanswered, and nothing waits for one.",
      on: { begin: "open", confirmIdle: "idle" },
    },
    open: {
      description: "The initiator runs unrestricted, sends requests and waits for the answers.",
      on: { send: "open", complete: "idle" },
    },
  },
});

export const shootdownMissing: readonly MissingEdge[] = [
  {
    chart: "shootdown",
    from: "idle",
    event: "send",
    to: "idle",
    guards: "S5",
    because: "The page would be handed out while a CPU still has the request on its desk.",
  },
];
