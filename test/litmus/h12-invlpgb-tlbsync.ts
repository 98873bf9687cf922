import { awaits, CLEAN, datum, type Litmus, leaf, onePage, read, run, SECRET, set, store } from "./litmus.ts";

const BROADCAST = run({ op: "invlpgb", pages: { first: 0, count: 1 }, globals: true, finalOnly: false });

export const h12InvlpgbTlbsync: Litmus = {
  name: "h12-invlpgb-tlbsync",
  about: "H12",
  statement: "A broadcast invalidation is never complete before its own CPU has executed TLBSYNC.",
  source: "AMD APM vol. 3 INVLPGB, TLBSYNC; vol. 2 §5.5.2; Linux 6.15 arch/x86/include/asm/tlb.h",
  picture: [
    "1. cpu1 caches the page",
    "2. cpu0 clears P and executes INVLPGB",
    "3. cpu0, or the CPU its task has moved to, hands the frame out",
    "4. cpu1 reads the secret before the broadcast reaches it",
  ],
  profile: "amd-tce-invlpgb",
  world: {
    spaces: { kernel: onePage("frame"), restricted: onePage("frame", 2) },
    loaded: ["kernel", "restricted", "kernel"],
    frames: { frame: CLEAN },
    variables: { moved: 0 },
    registers: ["r"],
    broadcasts: 3,
    stores: 2,
    speculation: [[], [0], []],
  },
  variants: {
    "no-tlbsync": {
      note: "the flush is still on its way",
      programs: [
        [store(leaf("restricted", 0), "absent"), BROADCAST, store(datum("frame"), SECRET)],
        [read("r", 0)],
        [],
      ],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    tlbsync: {
      note: "complete on every CPU",
      programs: [
        [store(leaf("restricted", 0), "absent"), BROADCAST, run({ op: "tlbsync" }), store(datum("frame"), SECRET)],
        [read("r", 0)],
        [],
      ],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    migrated: {
      note: "TLBSYNC on another CPU waits for that CPU's broadcasts: preemption stays off in between",
      programs: [
        [store(leaf("restricted", 0), "absent"), BROADCAST, set("moved", 1)],
        [read("r", 0)],
        [awaits("moved", 1), run({ op: "tlbsync" }), store(datum("frame"), SECRET)],
      ],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
  },
  notices: {
    "TLBSYNC does not wait": { tlbsyncWaits: false },
    "INVLPGB is done when executed": { invlpgbAsynchronous: false },
  },
};
