import { invlpg, type Litmus, leaf, mfence, onePage, read, run, store, upper } from "./litmus.ts";

export const h5InvlpgStructures: Litmus = {
  name: "h5-invlpg-structures",
  about: "H5",
  statement: "INVLPG always drops every cached table of the PCID on Intel; with TCE only those on the way to the page.",
  source: "Intel SDM vol. 3 §4.10.4.1; AMD APM vol. 2 §5.5.3 (EFER.TCE); cpu_set_tce in arch/x86/kernel/cpu/amd.c",
  picture: [
    "1. cpu0 caches the way to the page's table",
    "2. the entry above the table is cleared",
    "3. INVLPG of a page elsewhere, or of the page itself",
    "4. the table is reused: its entry now leads to a third frame",
    "5. cpu0 reads the page",
  ],
  world: {
    spaces: { kernel: onePage("before") },
    loaded: ["kernel"],
    frames: { before: 1, reused: 3 },
    registers: ["r"],
    structures: 1,
  },
  variants: {
    "intel-elsewhere": {
      note: "a stale translation may be left, a stale table may not",
      programs: [
        [
          store(upper("kernel", 0, 2), "absent"),
          invlpg(8),
          store(leaf("kernel", 0), { frame: "reused" }),
          mfence,
          read("r", 0),
        ],
      ],
      allowed: ["r=1", "r=fault"],
      forbidden: ["r=3"],
    },
    "tce-elsewhere": {
      note: "the stale table is used: whoever frees a table must flush an address below it",
      profile: "amd-tce-invlpgb",
      programs: [
        [
          store(upper("kernel", 0, 2), "absent"),
          invlpg(8),
          store(leaf("kernel", 0), { frame: "reused" }),
          mfence,
          read("r", 0),
        ],
      ],
      allowed: ["r=1", "r=3", "r=fault"],
      forbidden: [],
    },
    "invpcid-elsewhere": {
      note: "INVPCID of one page promises no more than the tables on its way, on Intel, too",
      programs: [
        [
          store(upper("kernel", 0, 2), "absent"),
          run({ op: "invpcid", type: 0, pcid: 1, page: 8 }),
          store(leaf("kernel", 0), { frame: "reused" }),
          mfence,
          read("r", 0),
        ],
      ],
      allowed: ["r=1", "r=3", "r=fault"],
      forbidden: [],
    },
    "tce-the-page": {
      note: "the page leads through the table",
      profile: "amd-tce-invlpgb",
      programs: [
        [
          store(upper("kernel", 0, 2), "absent"),
          invlpg(0),
          store(leaf("kernel", 0), { frame: "reused" }),
          mfence,
          read("r", 0),
        ],
      ],
      allowed: ["r=fault"],
      forbidden: ["r=1", "r=3"],
    },
  },
  notices: {
    "INVLPG spares the tables": { invlpgStructures: "none" },
    "INVLPG reaches only the tables on the way": { invlpgStructures: "path" },
    "TCE changes nothing": { hasTce: false },
    "INVPCID of a page drops every table": { invpcidAddressStructures: "whole-pcid" },
  },
};
