import { cr3Noflush, type Litmus, leaf, PUBLIC, read, run, storeLocked } from "./litmus.ts";

const cachedBoth = [
  read("r0", 0),
  read("r1", 1),
  cr3Noflush("second"),
  storeLocked(leaf("first", 0), "absent"),
  storeLocked(leaf("first", 1), "absent"),
];

export const h8PgeToggle: Litmus = {
  name: "h8-pge-toggle",
  about: "H8",
  statement: "A change of CR4.PGE always drops everything: all PCIDs, global entries too.",
  source:
    "Intel SDM vol. 3 §4.10.4.1 (MOV to CR4); AMD APM vol. 2 §5.5.2; native_flush_tlb_global() in arch/x86/mm/tlb.c",
  picture: [
    "1. cpu0 caches page 0 under PCID 1 and page 1 as a global one",
    "2. cpu0 loads PCID 2 with NOFLUSH, the leaves are cleared",
    "3. CR4.PGE off and on",
    "4. cpu0 loads PCID 1 with NOFLUSH and reads both",
  ],
  world: {
    spaces: {
      first: { pcid: 1, pages: { 0: { frame: "frame" }, 1: { frame: "frame", global: true } } },
      second: { pcid: 2, pages: {} },
    },
    loaded: ["first"],
    frames: { frame: PUBLIC },
    registers: ["r0", "r1"],
    translations: 2,
    speculation: [[]],
  },
  variants: {
    "no-toggle": {
      note: "both entries may be left",
      programs: [[...cachedBoth, cr3Noflush("first"), read("r0", 0), read("r1", 1)]],
      allowed: ["r0=1 r1=1", "r0=1 r1=fault", "r0=fault r1=1", "r0=fault r1=fault"],
      forbidden: [],
    },
    toggle: {
      note: "neither is",
      programs: [
        [
          ...cachedBoth,
          run({ op: "write-cr4", pge: false, pcide: true }),
          run({ op: "write-cr4", pge: true, pcide: true }),
          cr3Noflush("first"),
          read("r0", 0),
          read("r1", 1),
        ],
      ],
      allowed: ["r0=fault r1=fault"],
      forbidden: ["r0=1 r1=fault", "r0=fault r1=1", "r0=1 r1=1"],
    },
  },
  notices: {
    "a toggle spares global entries": { pgeToggle: "non-global" },
    "a toggle reaches the current PCID only": { pgeToggle: "current-pcid" },
  },
};
