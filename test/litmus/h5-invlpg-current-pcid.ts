import { cr3Noflush, invlpg, type Litmus, leaf, onePage, PUBLIC, read, run, store } from "./litmus.ts";

export const h5InvlpgCurrentPcid: Litmus = {
  name: "h5-invlpg-current-pcid",
  about: "H5",
  statement: "INVLPG never drops a non-global translation of another PCID than the current one.",
  source: "Intel SDM vol. 3 §4.10.4.1; AMD APM vol. 2 §5.5.2; flush_tlb_one_user() in arch/x86/mm/tlb.c",
  picture: [
    "1. cpu0 caches the page under PCID 1",
    "2. cpu0 loads PCID 2 and keeps what it has",
    "3. both leaves are cleared, INVLPG",
    "4. cpu0 loads PCID 1 with NOFLUSH and reads",
  ],
  world: {
    spaces: { first: onePage("frame"), second: onePage("frame", 2) },
    loaded: ["first"],
    frames: { frame: PUBLIC },
    registers: ["r0", "r1", "r2"],
    translations: 2,
    speculation: [[]],
  },
  variants: {
    invlpg: {
      note: "PCID 1 is not the current one",
      programs: [
        [
          read("r0", 0),
          cr3Noflush("second"),
          store(leaf("first", 0), "absent"),
          store(leaf("second", 0), "absent"),
          invlpg(0),
          read("r1", 0),
          cr3Noflush("first"),
          read("r2", 0),
        ],
      ],
      allowed: ["r0=1 r1=fault r2=1", "r0=1 r1=fault r2=fault"],
      forbidden: ["r0=1 r1=1 r2=1", "r0=1 r1=1 r2=fault"],
    },
    "invpcid-too": {
      note: "the other PCID is named",
      programs: [
        [
          read("r0", 0),
          cr3Noflush("second"),
          store(leaf("first", 0), "absent"),
          store(leaf("second", 0), "absent"),
          invlpg(0),
          run({ op: "invpcid", type: 0, pcid: 1, page: 0 }),
          read("r1", 0),
          cr3Noflush("first"),
          read("r2", 0),
        ],
      ],
      allowed: ["r0=1 r1=fault r2=fault"],
      forbidden: ["r0=1 r1=fault r2=1"],
    },
  },
  notices: { "INVLPG reaches every PCID": { invlpgPcids: "all" } },
};
