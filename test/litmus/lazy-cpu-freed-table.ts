import {
  awaits,
  invlpg,
  type Litmus,
  leaf,
  load,
  mfence,
  PUBLIC,
  read,
  SECRET,
  send,
  set,
  skipIf,
  store,
  upper,
} from "./litmus.ts";

export const lazyCpuFreedTable: Litmus = {
  name: "lazy-cpu-freed-table",
  about: "r6, lazy TLB",
  statement: "A lazy CPU is never left out of the shootdown that frees a table it may walk.",
  source: "should_flush_tlb() and info->freed_tables in arch/x86/mm/tlb.c, 6.12; commit 3ef938c35035",
  picture: [
    "1. cpu1 runs a kernel thread on a borrowed CR3 and is lazy",
    "2. cpu0 clears the entry above a table and skips cpu1",
    "3. the table page is reused",
    "4. cpu1 speculates through its cached PDE into the secret",
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
    scratch: ["l"],
    structures: 1,
    speculation: [[], [0]],
  },
  variants: {
    "lazy-skipped": {
      note: "right for leaves, wrong for tables",
      programs: [
        [
          store(upper("restricted", 0, 2), "absent"),
          mfence,
          load("l", "lazy"),
          skipIf("l", 1, 2),
          send(1),
          awaits("acked", 1),
          store(leaf("restricted", 0), { frame: "secret" }),
        ],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=2", "r=fault"],
      forbidden: [],
    },
    "freed-tables": {
      note: "a flush that frees tables goes to lazy CPUs, too",
      programs: [
        [
          store(upper("restricted", 0, 2), "absent"),
          mfence,
          load("l", "lazy"),
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
};
