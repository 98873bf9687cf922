import { type AnyStateMachine, createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";
import { perMm, type States } from "./per-mm.ts";

/**
 * Which mm a sensitive page belongs to, and whether that mm's own user part maps it. Drawn for one mm.
 *
 *     nobody ──take-m──▶ of-m ──show-m──▶ shown-m
 *        ▲                │ ▲               │
 *        └─────release────┘ └─────hide──────┘
 *
 * The restricted tables of a process contain its own user mappings: reading one's own secret is legal. The alias is there
 * for the owner alone, under the slot that the owner has on each CPU. A nonsensitive page is `nobody`'s here: any mm may
 * write to it, and what it may write is for the page chart to say.
 *
 * The missing edge: `shown-m` has no `release`; a page is unmapped from user space before it is free.
 *
 * - **Shapes, units**: 1 + 2 × mms states.
 */
export function ownerMachine(mms: number): AnyStateMachine {
  const states: States = {
    nobody: {
      description: "No mm has the page as a sensitive one, and no user part maps it.",
      on: { ...Object.fromEntries(perMm(mms, nobodys)), release: "nobody" },
    },
  };
  for (let mm = 0; mm < mms; mm++) {
    states[`of-${mm}`] = {
      description: `The page is mm ${mm}'s, mapped in nobody's user part; user translations may be left.`,
      on: { release: "nobody", [`show-${mm}`]: `shown-${mm}`, [`write-${mm}`]: `of-${mm}` },
    };
    states[`shown-${mm}`] = {
      description: `The page is mm ${mm}'s and mapped in that mm's user part.`,
      on: { hide: `of-${mm}`, [`write-${mm}`]: `shown-${mm}`, [`walk-${mm}`]: `shown-${mm}` },
    };
  }
  return createMachine({ id: "owner", initial: "nobody", states });
}

function nobodys(mm: number): readonly (readonly string[])[] {
  return [
    [`take-${mm}`, `of-${mm}`],
    [`write-${mm}`, "nobody"],
  ];
}

export function ownerMissing(mms: number): readonly MissingEdge[] {
  return perMm(mms, (mm) => [
    {
      chart: "owner",
      from: `shown-${mm}`,
      event: "release",
      to: `shown-${mm}`,
      guards: "S8",
      because: "The next owner's page is still in the last one's user part.",
    },
  ]);
}
