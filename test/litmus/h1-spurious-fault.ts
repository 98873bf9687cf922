import { type Litmus, mfence, onePage, PUBLIC, read, store, upper } from "./litmus.ts";

export const h1SpuriousFault: Litmus = {
  name: "h1-spurious-fault",
  about: "H1",
  statement: "A fault that the tables in memory would not cause never recurs.",
  source: "Intel SDM vol. 3 §4.10.4.1 (page faults invalidate what the address used), §4.10.4.3; AMD APM vol. 2 §5.5.2",
  picture: [
    "1. cpu0 caches the way to an empty table",
    "2. the entry above leads to a new table, whose leaf is present",
    "3. cpu0 faults: it has walked from the old table",
    "4. cpu0 executes the access again",
  ],
  world: {
    spaces: { kernel: { pcid: 1, pages: { 0: { frame: "frame", absent: true } } }, after: onePage("frame", 2) },
    loaded: ["kernel"],
    frames: { frame: PUBLIC },
    registers: ["r0", "r1"],
    structures: 1,
  },
  variants: {
    "new-table": {
      note: "one spurious fault at most",
      programs: [
        [store(upper("kernel", 0, 2), { tableOf: "after", page: 0, level: 2 }), mfence, read("r0", 0), read("r1", 0)],
      ],
      allowed: ["r0=1 r1=1", "r0=1 r1=fault", "r0=fault r1=1"],
      forbidden: ["r0=fault r1=fault"],
    },
  },
  notices: { "a fault drops nothing": { faultInvalidates: false } },
};
