import {
  awaits,
  CLEAN,
  cr3Noflush,
  datum,
  invpcidAll,
  type Litmus,
  leaf,
  load,
  mfence,
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

/** cpu0 asks for cpu1's flush only if it sees it inside. */
const flipper: Program = [
  storeLocked(leaf("restricted", 0), "absent"),
  storeLocked(variable("generation"), 1),
  load("t", "inside"),
  skipIf("t", 0, 2),
  send(1),
  awaits("acked", 1),
  storeLocked(datum("frame"), SECRET),
];

/** An earlier stay that leaves a translation behind. */
const leave: Program = [read("r", 0), cr3Noflush("kernel")];

const enter: Program = [load("g", "generation"), { op: "cr3", space: "restricted", noflush: true, unless: "g" }];

export const targetsWhileEntering: Litmus = {
  name: "targets-while-entering",
  about: "m6, n3..n5",
  statement: "A flipper that finds a CPU outside restricted mode never misses it while it is on its way in.",
  source:
    "__asi_enter() n3..n5 and asi_flush_tlb_range() of the 2022 series; Intel SDM vol. 3 §9.2.3.4 (a load may pass an earlier store)",
  picture: [
    "1. cpu1 has a translation from an earlier stay; it starts to enter",
    "2. cpu1 announces itself; the store waits in its buffer",
    "3. cpu1 reads the generation: nothing to flush",
    "4. cpu0 clears P, moves the generation, sees nobody inside, and hands the frame out",
    "5. cpu1 loads CR3 with NOFLUSH and reads the secret",
  ],
  world: {
    spaces: { kernel: { pcid: 1, pages: {} }, restricted: onePage("frame", 2) },
    loaded: ["kernel", "restricted"],
    frames: { frame: CLEAN },
    variables: { inside: 0, generation: 0, acked: 0 },
    registers: ["r"],
    scratch: ["t", "g"],
    stores: 2,
    speculation: [[], []],
  },
  variants: {
    fence: {
      note: "announce, fence, look",
      programs: [flipper, [...leave, set("inside", 1), mfence, ...enter, read("r", 0)]],
      handlers: [[], [invpcidAll, set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    "no-fence": {
      note: "the CR3 write drains the buffer, but the generation has been read before it",
      programs: [flipper, [...leave, set("inside", 1), ...enter, read("r", 0)]],
      handlers: [[], [invpcidAll, set("acked", 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "announced-after-cr3": {
      note: "the fence is there, the announcement is late",
      programs: [flipper, [...leave, ...enter, set("inside", 1), mfence, read("r", 0)]],
      handlers: [[], [invpcidAll, set("acked", 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
  },
  notices: { "stores are not buffered": { buffersStores: false }, "a fence does not wait": { fenceWaits: false } },
};
