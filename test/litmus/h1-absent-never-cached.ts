import { awaits, type Litmus, leaf, mfence, PUBLIC, read, set, store } from "./litmus.ts";

export const h1AbsentNeverCached: Litmus = {
  name: "h1-absent-never-cached",
  about: "H1",
  statement: "An entry that is not present is never cached, so setting P never needs a flush.",
  source: "Intel SDM vol. 3 §4.10.2.3, §4.10.3.2, §4.10.4.3; AMD APM vol. 2 §5.5.2",
  picture: ["1. cpu0 meets P = 0", "2. P is set and seen to be set", "3. cpu0 accesses the page and must reach it"],
  world: {
    spaces: { kernel: { pcid: 1, pages: { 0: { frame: "frame", absent: true } } } },
    loaded: ["kernel", "kernel"],
    frames: { frame: PUBLIC },
    variables: { done: 0 },
    registers: ["r0", "r1"],
    speculation: [[0], []],
  },
  variants: {
    "same-cpu": {
      note: "the CPU that faulted sets P itself",
      programs: [[read("r0", 0), store(leaf("kernel", 0), { frame: "frame" }), mfence, read("r1", 0)], []],
      allowed: ["r0=fault r1=1"],
      forbidden: ["r0=fault r1=fault"],
    },
    "other-cpu": {
      note: "another CPU sets P and says so",
      programs: [
        [read("r0", 0), awaits("done", 1), read("r1", 0)],
        [store(leaf("kernel", 0), { frame: "frame" }), set("done", 1)],
      ],
      allowed: ["r0=1 r1=1", "r0=fault r1=1"],
      forbidden: ["r0=fault r1=fault"],
    },
  },
  notices: { "a fault leaves a negative entry": { cachesAbsent: true } },
};
