import {
  awaits,
  CLEAN,
  datum,
  invlpg,
  type Litmus,
  leaf,
  load,
  mfence,
  onePage,
  read,
  SECRET,
  send,
  set,
  skipIf,
  store,
} from "./litmus.ts";

export const labelBeforeAck: Litmus = {
  name: "label-before-ack",
  about: "m10 before m9",
  statement: "A block is never labelled sensitive before every target has acknowledged.",
  source: "commit 20841405940e transferred: state read while a flush is pending",
  picture: [
    "1. cpu0 clears P and sends the IPI to cpu1",
    "2. cpu0 labels the block sensitive",
    "3. cpu2 trusts the label, takes the frame and writes a secret",
    "4. cpu1 reads before it takes the IPI",
  ],
  world: {
    spaces: { kernel: onePage("frame"), restricted: onePage("frame", 2) },
    loaded: ["kernel", "restricted", "kernel"],
    frames: { frame: CLEAN },
    variables: { acked: 0, label: 0 },
    registers: ["r"],
    scratch: ["l"],
    stores: 2,
    speculation: [[], [0], []],
  },
  variants: {
    "before-ack": {
      note: "label, then wait",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), set("label", 1), awaits("acked", 1)],
        [read("r", 0)],
        [load("l", "label"), skipIf("l", 0, 1), store(datum("frame"), SECRET)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)], []],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "after-ack": {
      note: "wait, then label",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1), set("label", 1)],
        [read("r", 0)],
        [load("l", "label"), skipIf("l", 0, 1), store(datum("frame"), SECRET)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)], []],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
  },
};
