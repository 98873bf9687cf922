import {
  awaits,
  CLEAN,
  datum,
  invlpg,
  type Litmus,
  leaf,
  mfence,
  onePage,
  read,
  SECRET,
  send,
  set,
  skipIf,
  store,
} from "./litmus.ts";

/** The low byte of a present leaf (P and R/W) as a register sees it; without P it is 2. */
const PRESENT = 3;

export const secondFlipper: Litmus = {
  name: "second-flipper",
  about: "r8",
  statement: "Who finds P already clear never takes the flush for done.",
  source: "commit 3ea277194daa (reclaim's batched flush against mprotect) and its mm_tlb_flush_nested()",
  picture: [
    "1. cpu0 clears P; its shootdown is on the way",
    "2. cpu2 wants the same frame, finds P clear, and skips the flush",
    "3. cpu2 writes a secret, cpu1 reads it before it takes cpu0's IPI",
  ],
  world: {
    spaces: { kernel: onePage("frame"), restricted: onePage("frame", 2) },
    loaded: ["kernel", "restricted", "kernel"],
    frames: { frame: CLEAN },
    variables: { acked: 0 },
    registers: ["r"],
    scratch: ["p"],
    stores: 2,
    speculation: [[], [0], []],
  },
  variants: {
    "skips-flush": {
      note: "P clear is taken for flushed",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1)],
        [read("r", 0)],
        [
          { op: "load", register: "p", from: leaf("restricted", 0) },
          skipIf("p", PRESENT, 1),
          store(datum("frame"), SECRET),
        ],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)], []],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "waits-for-flush": {
      note: "a pending flush is waited for",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1)],
        [read("r", 0)],
        [
          { op: "load", register: "p", from: leaf("restricted", 0) },
          skipIf("p", PRESENT, 2),
          awaits("acked", 1),
          store(datum("frame"), SECRET),
        ],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)], []],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
  },
};
