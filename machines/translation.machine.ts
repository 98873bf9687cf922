import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * What one CPU *may hold* for one page under one protected context. Not what it holds: the set of all it could.
 *
 *                         leaf clear                  leaf set
 *
 *                  ┌───── stale ◀──────clear──────── cached ◀─┐
 *                  │        │ └─────────set────────▶  ▲ │     │
 *     usable       │    invalidate                    │ │     │
 *                  │        ▼                         │ │     │
 *                  │      absent ───────set───────────┘ │     │
 *                  │       │   ▲                        │     │
 *                fence   fence enter                  fence enter
 *                  │       ▼   │                        ▼     │
 *     fenced       └───▶ fenced ◀──────clear─────── fenced-present
 *                            └─────────set────────▶
 *
 * A TLB may fill itself at any time with anything that is mapped and loaded, and may forget anything. Forgetting helps no
 * proof, so there is no eviction; filling is assumed to have happened already, so there is no fill. A store to the leaf
 * therefore decides at once: set makes the page `cached`, clear makes it `stale`, and only an invalidation *executed*
 * (`invalidate`) or *owed* (`fence`) makes it harmless again.
 *
 * `fenced` is why the chart has two rows: the context is not loaded on this CPU, and an invalidation stands between now
 * and the next time it is. What the TLB still holds cannot be used. The leaf may be set and cleared meanwhile, and the
 * chart must know which, or `enter` would have to look: hence `fenced-present`. The fifth state buys a product without a
 * single guard.
 *
 * Set, clear, invalidate, fence and enter are broadcast: where the chart has no edge for one, it changes nothing. `confirm`
 * and `read` are questions and take part or refuse.
 *
 * The missing edge: `stale` has no `confirm`. So `flushed`, which asks every CPU, waits for the last of them.
 * (`cached` and `fenced-present` have none either; there the page chart, whose leaf is set, does not ask.)
 */
export const translationMachine = createMachine({
  id: "translation",
  initial: "fenced",
  states: {
    absent: {
      description:
        "The context is usable and the leaf clear; the CPU cannot hold a translation, nor be walking to one.",
      on: { set: "cached", fence: "fenced", confirm: "absent" },
    },
    cached: {
      description: "The context is usable and the leaf set; the CPU may hold the translation.",
      on: { clear: "stale", fence: "fenced-present", read: "cached" },
    },
    stale: {
      description: "The context is usable and the leaf clear, but the CPU may hold or still be walking to the old one.",
      on: { set: "cached", invalidate: "absent", fence: "fenced", read: "stale" },
    },
    fenced: {
      description: "The context is not loaded and is invalidated before it is next usable; the leaf is clear.",
      on: { set: "fenced-present", enter: "absent", confirm: "fenced" },
    },
    "fenced-present": {
      description: "The context is not loaded and is invalidated before it is next usable; the leaf is set.",
      on: { clear: "fenced", enter: "cached" },
    },
  },
});

export const translationMissing: readonly MissingEdge[] = [
  {
    chart: "translation",
    from: "stale",
    event: "confirm",
    to: "stale",
    guards: "S8",
    because: "A page counted as flushed while one CPU lags is handed to a sensitive owner under that CPU's eyes.",
  },
];
