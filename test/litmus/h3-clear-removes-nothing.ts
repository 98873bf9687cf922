import { invlpg, type Litmus, leaf, mfence, onePage, PUBLIC, read, store } from "./litmus.ts";

export const h3ClearRemovesNothing: Litmus = {
  name: "h3-clear-removes-nothing",
  about: "H3",
  statement: "Clearing an entry in memory never removes what was cached from it.",
  source: "Intel SDM vol. 3 §4.10.4.2 (software must invalidate), §4.10.4.4 (delayed invalidation)",
  picture: ["1. cpu0 reads the page", "2. cpu0 clears P and waits until memory has it", "3. cpu0 reads the page again"],
  world: {
    spaces: { kernel: onePage("frame") },
    loaded: ["kernel"],
    frames: { frame: PUBLIC },
    registers: ["r0", "r1"],
  },
  variants: {
    "no-flush": {
      note: "the second read may go either way",
      programs: [[read("r0", 0), store(leaf("kernel", 0), "absent"), mfence, read("r1", 0)]],
      allowed: ["r0=1 r1=1", "r0=1 r1=fault"],
      forbidden: [],
    },
    flush: {
      note: "INVLPG decides it",
      programs: [[read("r0", 0), store(leaf("kernel", 0), "absent"), mfence, invlpg(0), read("r1", 0)]],
      allowed: ["r0=1 r1=fault"],
      forbidden: ["r0=1 r1=1"],
    },
  },
  notices: { "a store to an entry drops what was cached": { storesSnoopCaches: true } },
};
