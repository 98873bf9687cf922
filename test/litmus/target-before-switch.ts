import { cr3, type Litmus, load, onePage, type Program, read, SECRET, set, skipIf } from "./litmus.ts";

/** Leaves if inside; re-enters only if the task has a target. */
const nmi: Program = [
  load("c", "inside"),
  skipIf("c", 0, 2),
  cr3("kernel"),
  set("inside", 0),
  load("t", "target"),
  skipIf("t", 0, 2),
  set("inside", 1),
  cr3("restricted"),
];

export const targetBeforeSwitch: Litmus = {
  name: "target-before-switch",
  about: "e1, e3",
  statement: "A critical section never runs in the unrestricted space, since its target is set before the switch.",
  source: "asi_enter() e1..e3, asi_intr_exit(); review of RFCv2 patch 3",
  picture: [
    "1. cpu0 switches to the restricted CR3, its target still unset",
    "2. an NMI leaves restricted mode, finds no target, and does not re-enter",
    "3. cpu0 runs its guest from the unrestricted space, which maps the secret",
  ],
  world: {
    spaces: {
      kernel: onePage("secret"),
      restricted: { pcid: 2, pages: { 0: { frame: "secret", absent: true } } },
    },
    loaded: ["kernel"],
    frames: { secret: SECRET },
    variables: { target: 0, inside: 0 },
    registers: ["r"],
    scratch: ["c", "t"],
    speculation: [[]],
  },
  variants: {
    "target-first": {
      note: "whoever interrupts knows where to return",
      programs: [[set("target", 1), set("inside", 1), cr3("restricted"), read("r", 0)]],
      nmis: [nmi],
      allowed: ["r=fault"],
      forbidden: ["r=2"],
    },
    "target-last": {
      note: "the NMI falls into the gap",
      programs: [[set("inside", 1), cr3("restricted"), set("target", 1), read("r", 0)]],
      nmis: [nmi],
      allowed: ["r=2", "r=fault"],
      forbidden: [],
    },
  },
};
