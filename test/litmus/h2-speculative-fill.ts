import { invlpg, type Litmus, leaf, mfence, onePage, PUBLIC, read, store } from "./litmus.ts";

export const h2SpeculativeFill: Litmus = {
  name: "h2-speculative-fill",
  about: "H2",
  statement: "A page that was never accessed can always be cached while it is present.",
  source: "Intel SDM vol. 3 §4.10.2.3 (translations for addresses never accessed); AMD APM vol. 2 §5.5.1",
  picture: [
    "1. cpu0 caches the page of its own accord",
    "2. cpu0 clears P",
    "3. the first access ever reads the frame",
  ],
  world: {
    spaces: { kernel: onePage("frame") },
    loaded: ["kernel"],
    frames: { frame: PUBLIC },
    registers: ["r"],
  },
  variants: {
    "never-accessed": {
      note: "no access before the clear, no invalidation after it",
      programs: [[store(leaf("kernel", 0), "absent"), mfence, read("r", 0)]],
      allowed: ["r=1", "r=fault"],
      forbidden: [],
    },
    invalidated: {
      note: "the page is invalidated although nobody ever used it",
      programs: [[store(leaf("kernel", 0), "absent"), mfence, invlpg(0), read("r", 0)]],
      allowed: ["r=fault"],
      forbidden: ["r=1"],
    },
  },
  notices: { "fills happen on access only": { speculates: false } },
};
