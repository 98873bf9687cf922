import { createMachine } from "xstate";

import type { MissingEdge } from "./missing-edge.ts";

/**
 * What lies in one page frame: a ghost, written by whoever owns the page and read by nobody but the claims.
 *
 *     clean ──writePublic, overwrite──▶ public ──writeSecret──▶ secret
 *     clean ──writeSecret─────────────────────────────────────▶ secret
 *     public, secret ──zero──▶ clean             secret ──overwrite──▶ public
 *
 * A free changes nothing here: what the last owner left is still there when the next one comes, and it stays secret
 * until the frame is zeroed or written over from end to end. A public write into a secret page therefore leaves it secret.
 *
 * The missing edge: `secret` has no `confirmHarmless`. Every vector that makes a page visible asks for it, so an unzeroed
 * page cannot be mapped. `read` is there in every state: no chart may forbid the attacker to look.
 */
export const contentMachine = createMachine({
  id: "content",
  initial: "clean",
  states: {
    clean: {
      description: "Zero from end to end: nobody's data.",
      on: {
        writePublic: "public",
        overwrite: "public",
        writeSecret: "secret",
        zero: "clean",
        confirmHarmless: "clean",
        read: "clean",
      },
    },
    public: {
      description: "Holds data, none of it secret since the frame was last zero or overwritten whole.",
      on: {
        writePublic: "public",
        overwrite: "public",
        writeSecret: "secret",
        zero: "clean",
        confirmHarmless: "public",
        read: "public",
      },
    },
    secret: {
      description: "Some byte of it was secret to an owner, whether or not that owner still has the page.",
      on: {
        writePublic: "secret",
        overwrite: "public",
        writeSecret: "secret",
        zero: "clean",
        read: "secret",
      },
    },
  },
});

export const contentMissing: readonly MissingEdge[] = [
  {
    chart: "content",
    from: "secret",
    event: "confirmHarmless",
    to: "secret",
    guards: "S13",
    because: "A page mapped before it was zeroed shows what its last owner left.",
  },
];
