import { type AnyStateMachine, createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";
import { perMm, type States } from "./per-mm.ts";

/**
 * The content chart where secrets have owners: `content.machine.ts` with one `secret-m` per mm and `secret-mixed`.
 *
 * A write adds: when another mm writes its secret into a page that still holds somebody's, the page holds both and may be
 * shown to neither.
 *
 * `confirmVisible-m` is asked when a page is mapped in mm m's user part. The missing edge: no secret but m's own has it, so
 * that a page with the last owner's secret is zeroed first.
 *
 * - **Shapes, units**: 3 + mms states (2 + mms when there is one).
 */
export function ownedContentMachine(mms: number): AnyStateMachine {
  const visible = (to: string) => perMm(mms, (mm) => [[`confirmVisible-${mm}`, to]]);
  const written = perMm(mms, (mm) => [[`writeSecret-${mm}`, `secret-${mm}`]]);
  const states: States = {
    clean: {
      description: "Zero from end to end: nobody's data.",
      on: {
        ...COMMON,
        ...row(written),
        ...row(visible("clean")),
        writePublic: "public",
        confirmHarmless: "clean",
        read: "clean",
      },
    },
    public: {
      description: "Holds data, none of it secret since the frame was last zero or overwritten whole.",
      on: {
        ...COMMON,
        ...row(written),
        ...row(visible("public")),
        writePublic: "public",
        confirmHarmless: "public",
        read: "public",
      },
    },
  };
  for (let mm = 0; mm < mms; mm++) {
    const own = `secret-${mm}`;
    states[own] = {
      description: `Some byte of it was secret to mm ${mm} and none to another mm.`,
      on: { ...COMMON, ...row(mixing(mm)), writePublic: own, [`confirmVisible-${mm}`]: own, read: own },
    };
  }
  states[MIXED] = {
    description: "It holds secrets of several mms and may be shown to none of them.",
    on: { ...COMMON, ...row(perMm(mms, (mm) => [[`writeSecret-${mm}`, MIXED]])), writePublic: MIXED, read: MIXED },
  };
  return createMachine({ id: "content", initial: "clean", states });

  function mixing(own: number): readonly (readonly string[])[] {
    return perMm(mms, (mm) => [[`writeSecret-${mm}`, mm === own ? `secret-${mm}` : MIXED]]);
  }
}

export function ownedContentMissing(mms: number): readonly MissingEdge[] {
  return perMm(mms, (mm) => [
    {
      chart: "content",
      from: `secret-${mm}`,
      event: "confirmHarmless",
      to: `secret-${mm}`,
      guards: "S13",
      because: "A page mapped before it was zeroed shows what its last owner left.",
    },
    {
      chart: "content",
      from: `secret-${mm}`,
      event: `confirmVisible-${(mm + 1) % mms}`,
      to: `secret-${mm}`,
      guards: "S1",
      because: "A page mapped in user space before it was zeroed shows what its last owner left.",
    },
  ]);
}

const MIXED = "secret-mixed";

/** In every state alike: the frame is zeroed, or written over from end to end. */
const COMMON = { zero: "clean", overwrite: "public" };

function row(edges: readonly (readonly string[])[]): Record<string, string> {
  return Object.fromEntries(edges.map(([event, to]) => [event, to]));
}
