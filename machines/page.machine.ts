import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * One page frame, as the allocator may treat it: who has it, and what the protected map shows of it.
 *
 *                 discharged                 may linger in a TLB                   mapped
 *
 *                       ┌─────flushed─────┐  ┌──────────unmap──────────┐
 *                       ▼                 │  ▼                         │
 *     nobody's    free-unmapped         pending-flush             free-mapped
 *                   │      ▲                  ▲                    │       ▲
 *          allocSensitive  │                  │            allocNonsensitive
 *                   │    free               free                   │     free
 *                   ▼      │                  │                    ▼       │
 *     somebody's  allocated-sensitive   allocated-nonsensitive- ◀─unmap─ allocated-nonsensitive
 *                                  ╳    unmapped ────────lateMap───────▶
 *
 * The other edges, left out of the picture: `map` (free-unmapped, pending-flush → free-mapped), `allocMapping` (the same
 * two → allocated-nonsensitive), `allocUnmapped` (the same two → allocated-nonsensitive-unmapped), `freeUnmapping`
 * (allocated-nonsensitive → pending-flush). Writing is a self-loop of the states whose owner may write.
 *
 * **The theorem is the edge that is not there.** `allocSensitive` leaves `free-unmapped` and nothing else. From the two
 * right-hand columns a page reaches a sensitive owner only through `flushed`, and `flushed` is a vector in which every
 * CPU's translation takes part: it cannot happen while a single one of them may still be used. There is no edge
 * `pending-flush → allocated-sensitive`, however short memory is.
 *
 * What moves right asks the content first: `map`, `allocMapping` and `lateMap` are vectors with `content.confirmHarmless`.
 * Nothing asks on the way left; a page may be unmapped, queued, freed or handed out unmapped with any content.
 */
export const pageMachine = createMachine({
  id: "page",
  initial: "free-unmapped",
  states: {
    "free-unmapped": {
      description: "Nobody has the page; its leaf is clear and no CPU has a usable translation to it.",
      on: {
        allocSensitive: "allocated-sensitive",
        allocMapping: "allocated-nonsensitive",
        allocUnmapped: "allocated-nonsensitive-unmapped",
        map: "free-mapped",
      },
    },
    "free-mapped": {
      description: "Nobody has the page; its leaf is set, every CPU may hold it, and it has never kept a secret.",
      on: {
        allocNonsensitive: "allocated-nonsensitive",
        unmap: "pending-flush",
      },
    },
    "allocated-sensitive": {
      description: "Its owner may write secrets; the leaf is clear and no CPU has a usable translation to it.",
      on: {
        free: "free-unmapped",
        writePublic: "allocated-sensitive",
        writeSecret: "allocated-sensitive",
      },
    },
    "allocated-nonsensitive": {
      description: "Its owner writes nothing secret; the leaf is set and every CPU may hold it.",
      on: {
        free: "free-mapped",
        freeUnmapping: "pending-flush",
        unmap: "allocated-nonsensitive-unmapped",
        writePublic: "allocated-nonsensitive",
      },
    },
    "allocated-nonsensitive-unmapped": {
      description:
        "Its owner writes nothing secret and pays an exit per access; the leaf is clear, a CPU may be stale.",
      on: {
        free: "pending-flush",
        lateMap: "allocated-nonsensitive",
        writePublic: "allocated-nonsensitive-unmapped",
      },
    },
    "pending-flush": {
      description: "Nobody has the page; its leaf is clear, and some CPU may still use a translation to it.",
      on: {
        flushed: "free-unmapped",
        map: "free-mapped",
        allocMapping: "allocated-nonsensitive",
        allocUnmapped: "allocated-nonsensitive-unmapped",
      },
    },
  },
});

export const pageMissing: readonly MissingEdge[] = [
  {
    chart: "page",
    from: "pending-flush",
    event: "allocSensitive",
    to: "allocated-sensitive",
    guards: "S3",
    because: "The next owner's secret lies under a translation that a CPU has not dropped yet.",
  },
  {
    chart: "page",
    from: "free-mapped",
    event: "allocSensitive",
    to: "allocated-sensitive",
    guards: "S2",
    because: "The owner's secret is mapped in the protected address space for as long as it lives.",
  },
  {
    chart: "page",
    from: "allocated-nonsensitive",
    event: "allocSensitive",
    to: "allocated-sensitive",
    guards: "S2",
    because: "Turning a mapped page sensitive in place leaves it mapped.",
  },
  {
    chart: "page",
    from: "allocated-nonsensitive-unmapped",
    event: "allocSensitive",
    to: "allocated-sensitive",
    guards: "S3",
    because: "A clear leaf is not a flushed one: the page may have been unmapped a moment ago.",
  },
  {
    chart: "page",
    from: "allocated-nonsensitive",
    event: "writeSecret",
    to: "allocated-nonsensitive",
    guards: "S13",
    because: "A secret in memory that was asked for as nonsensitive is readable by design.",
  },
  {
    chart: "page",
    from: "allocated-nonsensitive-unmapped",
    event: "writeSecret",
    to: "allocated-nonsensitive-unmapped",
    guards: "S1",
    because: "Not being mapped now protects nothing while a stale translation is left.",
  },
];
