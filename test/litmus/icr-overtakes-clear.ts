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
  storeLocked,
} from "./litmus.ts";

export const icrOvertakesClear: Litmus = {
  name: "icr-overtakes-clear",
  about: "m3, m4, m6",
  statement: "An IPI never arrives before the clear it is about, if a fence stands before the ICR write.",
  source:
    "Intel SDM vol. 3 §11.12.3 (x2APIC MSR accesses do not serialise); weak_wrmsr_fence() in arch/x86/include/asm/barrier.h; AMD APM vol. 2 §16.11",
  picture: [
    "1. cpu0 clears P; the store waits in its buffer",
    "2. cpu0 writes the ICR, cpu1 invalidates and acknowledges",
    "3. cpu1 fills again from the P that is still in memory",
    "4. the clear reaches memory; a secret is written; cpu1 reads it",
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
    "no-fence": {
      note: "the ICR write overtakes the clear",
      programs: [
        [store(leaf("restricted", 0), "absent"), send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=2", "r=fault"],
      forbidden: [],
    },
    fence: {
      note: "the clear is in memory first",
      programs: [
        [store(leaf("restricted", 0), "absent"), mfence, send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    locked: {
      note: "a locked clear is its own fence",
      programs: [
        [storeLocked(leaf("restricted", 0), "absent"), send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
    "amd-no-fence": {
      note: "AMD's ICR write waits for the buffer",
      profile: "amd",
      programs: [
        [store(leaf("restricted", 0), "absent"), send(1), awaits("acked", 1), store(datum("frame"), SECRET)],
        [read("r", 0)],
      ],
      handlers: [[], [invlpg(0), set("acked", 1)]],
      allowed: ["r=0", "r=fault"],
      forbidden: ["r=2"],
    },
  },
  notices: { "the ICR write waits": { icrWaits: true }, "a fence does not wait": { fenceWaits: false } },
};
