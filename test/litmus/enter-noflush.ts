import {
  CLEAN,
  cr3,
  cr3Noflush,
  datum,
  invlpg,
  type Litmus,
  leaf,
  load,
  onePage,
  read,
  SECRET,
  store,
  storeLocked,
  variable,
} from "./litmus.ts";

export const enterNoflush: Litmus = {
  name: "enter-noflush",
  about: "m4, n5",
  statement: "A restricted PCID is never entered with NOFLUSH while something was cleared since it was last flushed.",
  source: "__asi_enter() of the 2022 series (generations) and of RFCv2 (never NOFLUSH); H6 and H9",
  picture: [
    "1. cpu0 caches the page in restricted mode and leaves with NOFLUSH",
    "2. cpu0 clears P and flushes the current PCID, the unrestricted one",
    "3. a secret is written",
    "4. cpu0 enters with NOFLUSH and reads it: one CPU suffices",
  ],
  world: {
    spaces: { kernel: onePage("frame"), restricted: onePage("frame", 2) },
    loaded: ["restricted"],
    frames: { frame: CLEAN },
    variables: { generation: 0 },
    registers: ["r"],
    scratch: ["g"],
    translations: 2,
  },
  variants: {
    noflush: {
      note: "INVLPG has reached PCID 1 only",
      programs: [
        [
          cr3Noflush("kernel"),
          store(leaf("restricted", 0), "absent"),
          invlpg(0),
          store(datum("frame"), SECRET),
          cr3Noflush("restricted"),
          read("r", 0),
        ],
      ],
      allowed: ["r=2", "r=fault"],
      forbidden: [],
    },
    flush: {
      note: "every entry flushes what it loads",
      programs: [
        [
          cr3Noflush("kernel"),
          store(leaf("restricted", 0), "absent"),
          invlpg(0),
          store(datum("frame"), SECRET),
          cr3("restricted"),
          read("r", 0),
        ],
      ],
      allowed: ["r=fault"],
      forbidden: ["r=2"],
    },
    generation: {
      note: "the clear moves a generation, and the entry looks at it",
      programs: [
        [
          cr3Noflush("kernel"),
          store(leaf("restricted", 0), "absent"),
          storeLocked(variable("generation"), 1),
          invlpg(0),
          store(datum("frame"), SECRET),
          load("g", "generation"),
          { op: "cr3", space: "restricted", noflush: true, unless: "g" },
          read("r", 0),
        ],
      ],
      allowed: ["r=fault"],
      forbidden: ["r=2"],
    },
  },
  notices: { "INVLPG reaches every PCID": { invlpgPcids: "all" }, "NOFLUSH is not obeyed": { noflushKeeps: false } },
};
