import {
  CLEAN,
  datum,
  type Litmus,
  leaf,
  onePage,
  read,
  SECRET,
  sfence,
  store,
  storeLocked,
  storeNontemporal,
} from "./litmus.ts";

export const zeroBeforePresent: Litmus = {
  name: "zero-before-present",
  about: "u2, u3",
  statement: "A frame is never reachable from restricted mode before its old content is gone from memory.",
  source:
    "Intel SDM vol. 3 §9.2.2 (stores in order), §9.2.5 and vol. 1 §10.4.6 (non-temporal stores and SFENCE); clear_page() in arch/x86/lib/clear_page_64.S",
  picture: [
    "1. the frame holds a secret; cpu0 zeroes it and sets P",
    "2. the new P reaches memory first",
    "3. cpu1 walks to the frame and reads the secret",
    "4. the zeroes reach memory",
  ],
  world: {
    spaces: { kernel: onePage("frame"), restricted: { pcid: 2, pages: { 0: { frame: "frame", absent: true } } } },
    loaded: ["kernel", "restricted"],
    frames: { frame: SECRET },
    registers: ["r"],
    speculation: [[], [0]],
  },
  variants: {
    "in-order": {
      note: "ordinary stores leave the buffer in order",
      programs: [[store(datum("frame"), CLEAN), store(leaf("restricted", 0), { frame: "frame" })], [read("r", 0)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    nontemporal: {
      note: "a non-temporal zero may be overtaken",
      programs: [
        [storeNontemporal(datum("frame"), CLEAN), store(leaf("restricted", 0), { frame: "frame" })],
        [read("r", 0)],
      ],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "nontemporal-sfence": {
      note: "unless SFENCE stands between",
      programs: [
        [storeNontemporal(datum("frame"), CLEAN), sfence, store(leaf("restricted", 0), { frame: "frame" })],
        [read("r", 0)],
      ],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    "nontemporal-locked": {
      note: "or the store of P is locked",
      programs: [
        [storeNontemporal(datum("frame"), CLEAN), storeLocked(leaf("restricted", 0), { frame: "frame" })],
        [read("r", 0)],
      ],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    "present-first": {
      note: "the wrong order in the program",
      programs: [[store(leaf("restricted", 0), { frame: "frame" }), store(datum("frame"), CLEAN)], [read("r", 0)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
  },
  notices: {
    "stores leave out of order": { storesInOrder: false },
    "non-temporal stores leave in order": { nonTemporalInOrder: true },
    "a fence does not wait": { fenceWaits: false },
    "a locked store does not wait": { lockedWaits: false },
  },
};
