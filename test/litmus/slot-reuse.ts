import { cr3, cr3Noflush, type Litmus, load, read, run, SECRET, set } from "./litmus.ts";

export const slotReuse: Litmus = {
  name: "slot-reuse",
  about: "r7",
  statement: "A PCID slot is never given to another mm before every PCID derived from it has been flushed.",
  source: "choose_new_asid() and load_new_mm_cr3() in arch/x86/mm/tlb.c, 6.12; commit 8678c1f04277 transferred",
  picture: [
    "1. the first mm caches its page under the slot's restricted PCID",
    "2. the slot goes to a second mm; its unrestricted PCID is flushed as it is loaded",
    "3. the second mm enters with NOFLUSH and reads the first one's secret",
  ],
  world: {
    spaces: {
      restricted: { pcid: 2, pages: { 0: { frame: "secret" } } },
      nextKernel: { pcid: 1, pages: {} },
      nextRestricted: { pcid: 2, pages: { 0: { frame: "secret", absent: true } } },
    },
    loaded: ["restricted"],
    frames: { secret: SECRET },
    variables: { stale: 0 },
    registers: ["r"],
    scratch: ["s"],
  },
  variants: {
    "one-pcid": {
      note: "the CR3 write has flushed PCID 1 only",
      programs: [[cr3("nextKernel"), cr3Noflush("nextRestricted"), read("r", 0)]],
      allowed: ["r=2", "r=fault"],
      forbidden: [],
    },
    "every-pcid": {
      note: "the slot's other PCIDs are flushed with it",
      programs: [
        [
          cr3("nextKernel"),
          run({ op: "invpcid", type: 1, pcid: 2, page: 0 }),
          cr3Noflush("nextRestricted"),
          read("r", 0),
        ],
      ],
      allowed: ["r=fault"],
      forbidden: ["r=2"],
    },
    "generations-cleared": {
      note: "the slot's generations are zeroed, so that the next entry flushes",
      programs: [
        [
          cr3("nextKernel"),
          set("stale", 1),
          load("s", "stale"),
          { op: "cr3", space: "nextRestricted", noflush: true, unless: "s" },
          read("r", 0),
        ],
      ],
      allowed: ["r=fault"],
      forbidden: ["r=2"],
    },
  },
};
