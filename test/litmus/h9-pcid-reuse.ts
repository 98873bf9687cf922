import { cr3, cr3Noflush, type Litmus, onePage, read } from "./litmus.ts";

export const h9PcidReuse: Litmus = {
  name: "h9-pcid-reuse",
  about: "H9",
  statement: "A PCID loaded with NOFLUSH always finds what was left under the tag, whoever left it.",
  source: "Intel SDM vol. 3 §4.10.4.1; choose_new_asid() in arch/x86/mm/tlb.c; FreeBSD-EN-22:04.pcid",
  picture: [
    "1. an mm caches the page under PCID 2",
    "2. PCID 2 is given to another mm",
    "3. the other mm reads the same address",
  ],
  world: {
    spaces: { mine: onePage("mine", 2), yours: onePage("yours", 2) },
    loaded: ["mine"],
    frames: { mine: 1, yours: 2 },
    registers: ["r"],
  },
  variants: {
    noflush: {
      note: "the other mm may read the first one's frame",
      programs: [[cr3Noflush("yours"), read("r", 0)]],
      allowed: ["r=1", "r=2"],
      forbidden: [],
    },
    flush: {
      note: "a reused tag is flushed as it is loaded",
      programs: [[cr3("yours"), read("r", 0)]],
      allowed: ["r=2"],
      forbidden: ["r=1"],
    },
  },
  notices: { "NOFLUSH is not obeyed": { noflushKeeps: false } },
};
