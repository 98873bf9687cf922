import { cr3, type Litmus, load, onePage, type Program, PUBLIC, read, set, skipIf } from "./litmus.ts";

/** asi_exit(), an access to kernel data, and back in if it came from inside. */
const nmi: Program = [
  load("c", "inside"),
  skipIf("c", 0, 2),
  cr3("kernel"),
  set("inside", 0),
  read("r", 0),
  skipIf("c", 0, 2),
  set("inside", 1),
  cr3("restricted"),
];

export const nmiInTransition: Litmus = {
  name: "nmi-in-transition",
  about: "r5, n3 / n5, x4 / x5",
  statement: "An NMI that touches kernel data never finds the restricted tables loaded and the CPU unannounced.",
  source: "__asi_enter() n3 before n5, asi_exit() x4 before x5, RFCv2 patch 3",
  picture: [
    "1. cpu0 loads the restricted CR3 but has not announced itself (or has already withdrawn)",
    "2. an NMI strikes; its asi_exit() sees nothing to undo",
    "3. the NMI touches data that restricted tables do not map, and faults for ever",
  ],
  world: {
    spaces: {
      kernel: onePage("data"),
      restricted: { pcid: 2, pages: { 0: { frame: "data", absent: true } } },
    },
    loaded: ["kernel"],
    frames: { data: PUBLIC },
    variables: { inside: 0 },
    registers: ["r"],
    scratch: ["c"],
    speculation: [[]],
  },
  variants: {
    "announce-first": {
      note: "n3 before n5: at worst the NMI leaves what was not entered",
      programs: [[set("inside", 1), cr3("restricted")]],
      nmis: [nmi],
      allowed: ["r=0", "r=1"],
      forbidden: ["r=fault"],
    },
    "cr3-first": {
      note: "n5 before n3",
      programs: [[cr3("restricted"), set("inside", 1)]],
      nmis: [nmi],
      allowed: ["r=0", "r=1", "r=fault"],
      forbidden: [],
    },
    "exit-cr3-first": {
      note: "x4 before x5",
      programs: [[set("inside", 1), cr3("restricted"), cr3("kernel"), set("inside", 0)]],
      nmis: [nmi],
      allowed: ["r=0", "r=1"],
      forbidden: ["r=fault"],
    },
    "withdraw-first": {
      note: "x5 before x4",
      programs: [[set("inside", 1), cr3("restricted"), set("inside", 0), cr3("kernel")]],
      nmis: [nmi],
      allowed: ["r=0", "r=1", "r=fault"],
      forbidden: [],
    },
  },
};
