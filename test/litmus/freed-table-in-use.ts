import { awaits, invlpg, type Litmus, leaf, mfence, PUBLIC, read, SECRET, send, set, store, upper } from "./litmus.ts";

export const freedTableInUse: Litmus = {
  name: "freed-table-in-use",
  about: "m3 on an upper level, paging-structure cache",
  statement: "A table page is never reused before every CPU has dropped the way to it, empty or not.",
  source:
    "Intel SDM vol. 3 §4.10.4.2; pgtable free in arch/x86/mm/pgtable.c, 6.12; commits 1de14c3c5cbc and 3ef938c35035",
  picture: [
    "1. cpu1 caches the way to an empty table (a PDE)",
    "2. cpu0 clears the entry above the table; no leaf was present, so nothing seems to need a flush",
    "3. the table page is freed and reused: its new content looks like a leaf that leads to a secret",
    "4. cpu1 walks from its cached PDE and reads the secret",
  ],
  world: {
    spaces: {
      kernel: { pcid: 1, pages: {} },
      restricted: { pcid: 2, pages: { 0: { frame: "public", absent: true } } },
    },
    loaded: ["kernel", "restricted"],
    frames: { public: PUBLIC, secret: SECRET },
    variables: { acked: 0, lazy: 1 },
    registers: ["r"],
    structures: 1,
    speculation: [[], [0]],
  },
  variants: {
    "no-flush": {
      note: "nobody asked for the tables",
      programs: [
        [store(upper("restricted", 0, 2), "absent"), mfence, store(leaf("restricted", 0), { frame: "secret" })],
        [read("r", 0)],
      ],
      allowed: ["r=2", "r=fault"],
      forbidden: [],
    },
    flush: {
      note: "INVLPG of an address below the table",
      programs: [
        [
          store(upper("restricted", 0, 2), "absent"),
          mfence,
          send(1),
          awaits("acked", 1),
          store(leaf("restricted", 0), { frame: "secret" }),
        ],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=fault"],
      forbidden: ["r=2"],
    },
  },
  notices: {
    "INVLPG spares the tables": { invlpgStructures: "none" },
    "a walk outlives an invalidation": { invalidationEndsWalks: false },
  },
};
