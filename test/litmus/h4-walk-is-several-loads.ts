import { invlpg, type Litmus, leaf, onePage, read, store, upper } from "./litmus.ts";

export const h4WalkIsSeveralLoads: Litmus = {
  name: "h4-walk-is-several-loads",
  about: "H4",
  statement: "A walk reads each level by a load of its own, and never deposits across an invalidation.",
  source: "Intel SDM vol. 3 §4.10.2.3, §4.10.3.1, §9.3 (INVLPG is serialising)",
  picture: [
    "1. cpu1 reads the upper entry, which leads to the old table",
    "2. cpu0 lets the upper entry lead to a new table",
    "3. cpu0 reuses the leaf of the old table",
    "4. cpu1 reads that leaf: a translation that memory never held",
  ],
  world: {
    spaces: { kernel: onePage("before"), after: onePage("after", 2) },
    loaded: ["kernel", "kernel"],
    frames: { before: 1, after: 2, reused: 3 },
    registers: ["r"],
    speculation: [[], [0]],
  },
  variants: {
    mixed: {
      note: "the third outcome joins an old upper entry with a new leaf",
      programs: [
        [
          store(upper("kernel", 0, 2), { tableOf: "after", page: 0, level: 2 }),
          store(leaf("kernel", 0), { frame: "reused" }),
        ],
        [read("r", 0)],
      ],
      allowed: ["r=1", "r=2", "r=3"],
      forbidden: [],
    },
    invalidated: {
      note: "a walk that has read the leaf does not outlive the INVLPG",
      programs: [[], [store(leaf("kernel", 0), "absent"), invlpg(0), read("r", 0)]],
      allowed: ["r=fault"],
      forbidden: ["r=1"],
    },
  },
  notices: {
    "a walk is one event": { walksAtomic: true },
    "a walk outlives an invalidation": { invalidationEndsWalks: false },
    "INVLPG overtakes the clear": { serialisingWaits: false },
  },
};
