import {
  awaits,
  CLEAN,
  datum,
  invlpg,
  type Litmus,
  leaf,
  mfence,
  onePage,
  read,
  SECRET,
  send,
  set,
  store,
} from "./litmus.ts";

export const mirrorSetsPresent: Litmus = {
  name: "mirror-sets-present",
  about: "m3, mirror",
  statement: "A mirror of direct-map changes never sets P of a leaf that a flip has cleared.",
  source:
    "Sept 2025 series patch 5 (mirroring CPA) and its review; set_memory_np()/set_memory_p() in set_memory.c, 6.12",
  picture: [
    "1. cpu0 clears P of the restricted leaf",
    "2. cpu1 copies a change of the unrestricted leaf, P and all",
    "3. cpu1 fills, or keeps what it had",
    "4. cpu0 shoots down and hands the frame out",
    "5. cpu1 reads the secret, from the TLB or from the table",
  ],
  world: {
    spaces: { kernel: onePage("frame"), restricted: onePage("frame", 2) },
    loaded: ["kernel", "restricted"],
    frames: { frame: CLEAN },
    variables: { acked: 0 },
    registers: ["r"],
    speculation: [[], [0]],
  },
  variants: {
    "copies-present": {
      note: "the restricted leaf is overwritten with a present one",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [store(leaf("restricted", 0), { frame: "frame" }), read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "keeps-present-bit": {
      note: "the mirror writes everything but P",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [store(leaf("kernel", 0), { frame: "frame" }), read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
  },
};
