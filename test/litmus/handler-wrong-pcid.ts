import {
  awaits,
  CLEAN,
  cr3Noflush,
  datum,
  invlpg,
  invpcidAll,
  irqs,
  type Litmus,
  leaf,
  load,
  onePage,
  type Program,
  read,
  SECRET,
  send,
  set,
  storeLocked,
  variable,
} from "./litmus.ts";

const flipper: Program = [
  storeLocked(leaf("restricted", 0), "absent"),
  send(1),
  awaits("acked", 1),
  storeLocked(datum("frame"), SECRET),
];

/** A stay in restricted mode, a visit to the kernel where the IPI may come, and the way back. */
const stay: Program = [
  read("r0", 0),
  cr3Noflush("kernel"),
  irqs(true),
  irqs(false),
  load("o", "other"),
  { op: "cr3", space: "restricted", noflush: true, unless: "o" },
  read("r", 0),
  irqs(true),
];

export const handlerWrongPcid: Litmus = {
  name: "handler-wrong-pcid",
  about: "m7 in unrestricted mode",
  statement: "A flush handler that runs in unrestricted mode never leaves the restricted PCID to chance.",
  source: "flush_tlb_one_kernel() in arch/x86/mm/tlb.c, 6.12 (INVLPG of the current PCID, then invalidate_other)",
  picture: [
    "1. cpu1 caches the page in restricted mode and leaves with NOFLUSH",
    "2. cpu0 clears P and sends the IPI",
    "3. cpu1 executes INVLPG in the unrestricted PCID and acknowledges",
    "4. a secret is written, cpu1 enters with NOFLUSH and reads it",
  ],
  world: {
    spaces: { kernel: { pcid: 1, pages: {} }, restricted: onePage("frame", 2) },
    loaded: ["kernel", "restricted"],
    frames: { frame: CLEAN },
    variables: { acked: 0, other: 0 },
    registers: ["r"],
    scratch: ["r0", "o"],
    stores: 2,
    speculation: [[], []],
    irqsOff: [1],
  },
  variants: {
    "current-pcid": {
      note: "INVLPG alone",
      programs: [flipper, stay],
      handlers: [[], [invlpg(0), storeLocked(variable("acked"), 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "invalidate-other": {
      note: "the handler leaves a note that the next entry obeys",
      programs: [flipper, stay],
      handlers: [[], [invlpg(0), set("other", 1), storeLocked(variable("acked"), 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    "every-pcid": {
      note: "INVPCID type 2, as above the ceiling",
      programs: [flipper, stay],
      handlers: [[], [invpcidAll, storeLocked(variable("acked"), 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
  },
};
