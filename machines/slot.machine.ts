import { type AnyStateMachine, createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";
import { perMm, type States } from "./per-mm.ts";

/**
 * One ASID slot of one CPU: whose translations its PCIDs are tagged for. Drawn for the mm m and any other mm o.
 *
 *     empty ──give-m──▶ given-m ──flush──▶ loaded-m ──standDown──▶ kept-m
 *                          ▲                   ▲                    │  │
 *                          │                   └───────resume───────┘  │
 *                          └──────────give-m── kept-o, loaded-o ◀──────┘ (m is an o to the others)
 *
 * A slot stands for several PCIDs: the unrestricted one and one per class, all derived from it. The CR3 write that gives
 * the slot to another mm invalidates the PCID it loads and no other; the rest still hold what the last mm left, until
 * `flush`. A slot that comes back to the mm it was kept for needs none: that is what slots are for.
 *
 * `standDown` is asked of every slot but the one that is loaded. `standDown-m` is the same when the loaded one is given to
 * m, and a slot that belongs to m already refuses: the kernel looks for the mm's slot before it takes another.
 *
 * The missing edge: `given-m` has no `confirmFlushed`, so that no class of m is entered through what o has left.
 * `walk-m` asks for nothing but CR3: hardware fills whatever is loaded, flushed or not.
 *
 * - **Shapes, units**: 1 + 3 × mms states.
 * - **Source**: `choose_new_asid()`, `load_new_mm_cr3()`, `clear_asid_other()` in arch/x86/mm/tlb.c.
 */
export function slotMachine(mms: number): AnyStateMachine {
  const states: States = { empty: { description: EMPTY, on: { ...gives(mms), ...standsDown(mms, "empty") } } };
  for (let mm = 0; mm < mms; mm++) {
    const [given, loaded, kept] = [`given-${mm}`, `loaded-${mm}`, `kept-${mm}`];
    states[given] = {
      description: `CR3 holds the slot for mm ${mm}; PCIDs derived from it may hold what the last mm left.`,
      on: {
        ...gives(mms, mm),
        ...standsDown(mms, "empty", mm),
        flush: loaded,
        confirmLoaded: given,
        [`walk-${mm}`]: given,
      },
    };
    states[loaded] = {
      description: `CR3 holds the slot for mm ${mm}, and whatever its PCIDs hold was filled from that mm's tables.`,
      on: {
        ...gives(mms, mm),
        ...standsDown(mms, kept, mm),
        confirmLoaded: loaded,
        confirmFlushed: loaded,
        [`walk-${mm}`]: loaded,
      },
    };
    states[kept] = {
      description: `The slot remembers mm ${mm} and is not loaded; what its PCIDs hold was filled from that mm's tables.`,
      on: { ...gives(mms, mm), ...standsDown(mms, kept, mm), resume: loaded },
    };
  }
  return createMachine({ id: "slot", initial: "empty", states });
}

export function slotMissing(mms: number): readonly MissingEdge[] {
  return perMm(mms, (mm) => [
    {
      chart: "slot",
      from: `given-${mm}`,
      event: "confirmFlushed",
      to: `given-${mm}`,
      guards: "S18",
      because: "The new mm runs under a tag that still finds the last one's entries.",
    },
  ]);
}

/** An mm in two slots is found out only where there are two. */
export function slotTwiceMissing(mms: number): readonly MissingEdge[] {
  return perMm(mms, (mm) => [
    {
      chart: "slot",
      from: `kept-${mm}`,
      event: `standDown-${mm}`,
      to: `kept-${mm}`,
      guards: "S20",
      because: "Of two records for one mm only one is brought up to date, and either may be believed.",
    },
  ]);
}

const EMPTY = "The slot belongs to no mm; its PCIDs may hold anything, and nothing is loaded through it.";

/** The slot may be given to every mm but the one that has it. */
function gives(mms: number, own?: number): Record<string, string> {
  const others = perMm(mms, (mm) => (mm === own ? [] : [[`give-${mm}`, `given-${mm}`]]));
  return Object.fromEntries(others);
}

/** Another slot is loaded, for any mm but the one that has this one. */
function standsDown(mms: number, to: string, own?: number): Record<string, string> {
  const others = perMm(mms, (mm) => (mm === own ? [] : [[`standDown-${mm}`, to]]));
  return { standDown: to, ...Object.fromEntries(others) };
}
