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
  store,
} from "./litmus.ts";

export const fillBeforeClear: Litmus = {
  name: "fill-before-clear",
  about: "m3, r1, r2, m12",
  statement: "A translation filled before the clear never survives a shootdown that came after it and was waited for.",
  source:
    "Intel SDM vol. 3 §4.10.5 (propagation of changes); flush_tlb_kernel_range() in arch/x86/mm/tlb.c; commit 02a8f3abb708",
  picture: [
    "1. cpu1 walks to the frame and caches it",
    "2. cpu0 clears P",
    "3. cpu0 hands the frame out and its owner writes a secret",
    "4. cpu1 reads through the translation of 1.",
  ],
  world: {
    spaces: { kernel: onePage("frame"), restricted: onePage("frame", 2) },
    loaded: ["kernel", "restricted"],
    frames: { frame: CLEAN },
    variables: { acked: 0 },
    registers: ["r"],
    speculation: [[], [0]],
  },
  variants: {
    "no-flush": {
      note: "the secret is written behind a mere fence",
      programs: [[store(leaf("restricted", 0), "absent"), mfence, store(datum("frame"), SECRET)], [read("r", 0)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    shootdown: {
      note: "cpu1 invalidates and says so before the secret is written",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    "flush-first": {
      note: "cpu1 invalidates, fills again, and only then P is cleared",
      programs: [
        [send(1), awaits("acked", 1), store(leaf("restricted", 0), "absent"), mfence, store(datum("frame"), SECRET)],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
  },
  notices: { "a walk outlives an invalidation": { invalidationEndsWalks: false } },
};
