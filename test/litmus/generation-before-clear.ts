import {
  CLEAN,
  cr3,
  cr3Noflush,
  datum,
  type Litmus,
  leaf,
  load,
  onePage,
  type Program,
  read,
  SECRET,
  skipIf,
  storeLocked,
  variable,
} from "./litmus.ts";

/** Hands the frame out only if nobody is inside; otherwise this try ends here. */
const handOut: Program = [load("t", "inside"), skipIf("t", 1, 1), storeLocked(datum("frame"), SECRET)];

/** Two stays; the second flushes only if the generation has moved since the first one's flush. */
const twice: Program = [
  load("g", "generation"),
  cr3("restricted"),
  read("r0", 0),
  cr3Noflush("kernel"),
  storeLocked(variable("inside"), 0),
  storeLocked(variable("inside"), 1),
  load("h", "generation"),
  skipIf("g", 1, 2),
  { op: "cr3", space: "restricted", noflush: true, unless: "h" },
  skipIf("g", 0, 1),
  cr3Noflush("restricted"),
  read("r", 0),
];

export const generationBeforeClear: Litmus = {
  name: "generation-before-clear",
  about: "m3, m4",
  statement: "A generation never moves before the clear that it announces.",
  source:
    "asi_flush_tlb_range() of the 2022 series; inc_mm_tlb_gen() and the comment on ordering in switch_mm_irqs_off(), 6.12",
  picture: [
    "1. cpu0 moves the generation",
    "2. cpu1 enters, flushes, and fills from the P that is still set; it leaves",
    "3. cpu0 clears P, sees nobody inside, and hands the frame out",
    "4. cpu1 enters: the generation has not moved since its flush, so NOFLUSH; it reads the secret",
  ],
  world: {
    spaces: { kernel: { pcid: 1, pages: {} }, restricted: onePage("frame", 2) },
    loaded: ["kernel", "kernel"],
    frames: { frame: CLEAN },
    variables: { generation: 0, inside: 1 },
    registers: ["r"],
    scratch: ["t", "g", "h", "r0"],
    speculation: [[], []],
    stores: 1,
  },
  variants: {
    "generation-first": {
      note: "wrong: the flush of 2. comes before the clear",
      programs: [
        [storeLocked(variable("generation"), 1), storeLocked(leaf("restricted", 0), "absent"), ...handOut],
        twice,
      ],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "clear-first": {
      note: "right: who sees the new generation walks tables without P",
      programs: [
        [storeLocked(leaf("restricted", 0), "absent"), storeLocked(variable("generation"), 1), ...handOut],
        twice,
      ],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
  },
};
