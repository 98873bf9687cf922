import { cr3, cr3Noflush, type Litmus, leaf, PUBLIC, read, store } from "./litmus.ts";

export const h6Cr3Write: Litmus = {
  name: "h6-cr3-write",
  about: "H6",
  statement: "A CR3 write without NOFLUSH always drops the new PCID's entries, and never another's or a global one.",
  source: "Intel SDM vol. 3 §4.10.4.1; AMD APM vol. 2 §5.5.1; load_new_mm_cr3() in arch/x86/mm/tlb.c",
  picture: [
    "1. cpu0 caches the page under PCID 1",
    "2. cpu0 loads PCID 2 without NOFLUSH, and the leaf is cleared",
    "3. cpu0 loads PCID 1",
    "4. cpu0 reads",
  ],
  world: {
    spaces: {
      first: { pcid: 1, pages: { 0: { frame: "frame" }, 1: { frame: "frame", global: true } } },
      second: { pcid: 2, pages: {} },
    },
    loaded: ["first"],
    frames: { frame: PUBLIC },
    registers: ["r0", "r1"],
    speculation: [[]],
  },
  variants: {
    "return-noflush": {
      note: "the flush of PCID 2 has left PCID 1 alone",
      programs: [[read("r0", 0), cr3("second"), store(leaf("first", 0), "absent"), cr3Noflush("first"), read("r1", 0)]],
      allowed: ["r0=1 r1=1", "r0=1 r1=fault"],
      forbidden: [],
    },
    "return-flush": {
      note: "now PCID 1 is the new one",
      programs: [[read("r0", 0), cr3("second"), store(leaf("first", 0), "absent"), cr3("first"), read("r1", 0)]],
      allowed: ["r0=1 r1=fault"],
      forbidden: ["r0=1 r1=1"],
    },
    global: {
      note: "no CR3 write reaches a global entry",
      programs: [[read("r0", 1), cr3("second"), store(leaf("first", 1), "absent"), cr3("first"), read("r1", 1)]],
      allowed: ["r0=1 r1=1", "r0=1 r1=fault"],
      forbidden: [],
    },
  },
  notices: {
    "the old PCID is dropped": { cr3Drops: "old-pcid" },
    "nothing is dropped": { cr3Drops: "nothing" },
    "everything is dropped": { cr3Drops: "everything" },
  },
};
