import {
  awaits,
  CLEAN,
  cr3Noflush,
  datum,
  invpcidAll,
  type Litmus,
  leaf,
  load,
  onePage,
  type Program,
  read,
  SECRET,
  send,
  set,
  skipIf,
  storeLocked,
  variable,
} from "./litmus.ts";

const SWITCHING = 2;

const clear: Program = [storeLocked(leaf("mm", 0), "absent"), storeLocked(variable("generation"), 1)];
const handOut = storeLocked(datum("frame"), SECRET);

/** Away from the mm and back to it: sentinel, generation, CR3, name. */
const switching: Program = [
  read("r", 0),
  cr3Noflush("init"),
  storeLocked(variable("loaded"), 0),
  storeLocked(variable("loaded"), SWITCHING),
  load("g", "generation"),
  { op: "cr3", space: "mm", noflush: true, unless: "g" },
  storeLocked(variable("loaded"), 1),
  read("r", 0),
];

export const switchWindow: Litmus = {
  name: "switch-window",
  about: "r6, switch_mm",
  statement: "A CPU in the middle of switch_mm is never left out of a shootdown.",
  source:
    "switch_mm_irqs_off() with LOADED_MM_SWITCHING and should_flush_tlb(); 'Eliminate window where TLB flushes may be inadvertently skipped'",
  picture: [
    "1. cpu1, which has a translation from an earlier stay, marks itself as switching",
    "2. cpu1 reads the generation: up to date",
    "3. cpu0 clears P, moves the generation, and skips cpu1 since its mm is not loaded there",
    "4. cpu1 writes CR3 with NOFLUSH and reads the secret",
  ],
  world: {
    spaces: { init: { pcid: 1, pages: {} }, mm: onePage("frame", 2) },
    loaded: ["init", "mm"],
    frames: { frame: CLEAN },
    variables: { loaded: 1, generation: 0, acked: 0 },
    registers: ["r"],
    scratch: ["t", "g"],
    stores: 1,
    speculation: [[], []],
  },
  variants: {
    "switching-skipped": {
      note: "only an exact match is sent to",
      programs: [
        [
          ...clear,
          load("t", "loaded"),
          skipIf("t", 0, 3),
          skipIf("t", SWITCHING, 2),
          send(1),
          awaits("acked", 1),
          handOut,
        ],
        switching,
      ],
      handlers: [[], [invpcidAll, set("acked", 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "switching-sent": {
      note: "a CPU that may be switching is sent to",
      programs: [[...clear, load("t", "loaded"), skipIf("t", 0, 2), send(1), awaits("acked", 1), handOut], switching],
      handlers: [[], [invpcidAll, set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
  },
};
