import { cr3, invlpg, type Litmus, leaf, PUBLIC, read, run, store } from "./litmus.ts";

export const h5InvlpgGlobal: Litmus = {
  name: "h5-invlpg-global",
  about: "H5",
  statement:
    "INVLPG always drops a global translation of the page, whatever PCID is loaded; on CPUs with the erratum never.",
  source:
    "Intel SDM vol. 3 §4.10.2.4, §4.10.4.1; erratum 'INVLPG may not flush global entries with PCID on', commit ce0b15d11ad8",
  picture: [
    "1. cpu0 caches the page as a global one",
    "2. cpu0 loads a space that does not map the page, without NOFLUSH",
    "3. the global entry still serves",
    "4. the leaf is cleared and flushed",
    "5. cpu0 reads again",
  ],
  world: {
    spaces: {
      first: { pcid: 1, pages: { 0: { frame: "frame", global: true } } },
      second: { pcid: 2, pages: { 0: { frame: "frame", absent: true } } },
    },
    loaded: ["first"],
    frames: { frame: PUBLIC },
    registers: ["r0", "r1", "r2"],
    speculation: [[]],
  },
  variants: {
    invlpg: {
      note: "one INVLPG in any PCID",
      programs: [
        [read("r0", 0), cr3("second"), read("r1", 0), store(leaf("first", 0), "absent"), invlpg(0), read("r2", 0)],
      ],
      allowed: ["r0=1 r1=1 r2=fault", "r0=1 r1=fault r2=fault"],
      forbidden: ["r0=1 r1=1 r2=1", "r0=1 r1=fault r2=1"],
    },
    erratum: {
      note: "the global entry survives",
      rules: { invlpgDropsGlobal: false },
      programs: [
        [read("r0", 0), cr3("second"), read("r1", 0), store(leaf("first", 0), "absent"), invlpg(0), read("r2", 0)],
      ],
      allowed: ["r0=1 r1=1 r2=1", "r0=1 r1=1 r2=fault", "r0=1 r1=fault r2=1", "r0=1 r1=fault r2=fault"],
      forbidden: [],
    },
    "erratum-pge": {
      note: "toggling CR4.PGE flushes it there, too",
      rules: { invlpgDropsGlobal: false },
      programs: [
        [
          read("r0", 0),
          cr3("second"),
          read("r1", 0),
          store(leaf("first", 0), "absent"),
          run({ op: "write-cr4", pge: false, pcide: true }),
          run({ op: "write-cr4", pge: true, pcide: true }),
          read("r2", 0),
        ],
      ],
      allowed: ["r0=1 r1=1 r2=fault", "r0=1 r1=fault r2=fault"],
      forbidden: ["r0=1 r1=1 r2=1", "r0=1 r1=fault r2=1"],
    },
  },
  notices: { "INVLPG spares global entries": { invlpgDropsGlobal: false } },
};
