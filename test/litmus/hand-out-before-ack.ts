import {
  awaits,
  CLEAN,
  datum,
  invlpg,
  irqs,
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

export const handOutBeforeAck: Litmus = {
  name: "hand-out-before-ack",
  about: "m11 before m9, r4",
  statement: "A frame is never handed out before every target has acknowledged.",
  source: "smp_call_function_many_cond() and csd_lock_wait() in kernel/smp.c, 6.12; commits eb66ae030829, 1cf35d47712d",
  picture: [
    "1. cpu0 clears P and sends the IPI",
    "2. cpu0 hands the frame out, a secret is written",
    "3. cpu1, which has not taken the IPI yet, reads",
    "4. cpu1 invalidates and acknowledges",
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
    "before-ack": {
      note: "the frame is out while the request is pending",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), store(datum("frame"), SECRET), awaits("acked", 1)],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    "after-ack-irqs-off": {
      note: "a target with interrupts off delays the hand-out, it does not spoil it",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [irqs(false), read("r", 0), irqs(true)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    "ack-before-flush": {
      note: "the handler acknowledges what it has not done yet",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [irqs(true)],
      ],
      handlers: [[], [set("acked", 1), read("r", 0), invlpg(0)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
  },
};
