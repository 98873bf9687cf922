import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * One CPU's `loaded_mm`, as far as others may rely on it.
 *
 *     settled ──begin──▶ switching ──load──▶ switching ──end──▶ settled
 *
 * Between the two, `loaded_mm` reads LOADED_MM_SWITCHING: CR3 may hold the old slot, the new one, or the new one not yet
 * flushed. Whoever asks meanwhile gets no answer, so that nothing is entered on the strength of one.
 *
 * The missing edge: `switching` has no `confirmSettled`; no restricted context is entered while the slot under it changes.
 *
 * - **Source**: `switch_mm_irqs_off()` in arch/x86/mm/tlb.c; the assertion in `__asi_enter()`, ASI RFC v2.
 */
export const switchMachine = createMachine({
  id: "switch",
  initial: "settled",
  states: {
    settled: {
      description: "The loaded mm and CR3 agree.",
      on: { begin: "switching", confirmSettled: "settled" },
    },
    switching: {
      description: "The loaded mm is being changed; CR3 holds the old slot or the new one.",
      on: { load: "switching", end: "settled" },
    },
  },
});

export const switchMissing: readonly MissingEdge[] = [
  {
    chart: "switch",
    from: "switching",
    event: "confirmSettled",
    to: "switching",
    guards: "S18",
    because: "The slot is given away under a CPU that has just entered one of its contexts.",
  },
];
