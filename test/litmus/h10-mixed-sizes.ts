import { invlpg, type Litmus, mfence, PUBLIC, read, store, upper } from "./litmus.ts";

export const h10MixedSizes: Litmus = {
  name: "h10-mixed-sizes",
  about: "H10",
  statement: "Software never lets one address be cached with two sizes at once.",
  source:
    "Intel SDM vol. 3 §4.10.2.3; AMD APM vol. 2 §5.5.2; __split_large_page() in arch/x86/mm/pat/set_memory.c; commit ad5ca55f6bdb",
  picture: [
    "1. cpu0 caches a 2M page",
    "2. its leaf is replaced by a table of 4K leaves",
    "3. cpu0 walks to a 4K leaf and caches that too",
  ],
  world: {
    spaces: {
      kernel: { pcid: 1, pages: { 0: { frame: "large", level: 2 } } },
      split: { pcid: 2, pages: { 0: { frame: "large" } } },
    },
    loaded: ["kernel"],
    frames: { large: PUBLIC },
    registers: ["r"],
    translations: 2,
  },
  variants: {
    "live-split": {
      note: "undefined by the manual; Linux keeps frame and rights equal, which processors are known to bear",
      programs: [[store(upper("kernel", 0, 2), { tableOf: "split", page: 0, level: 2 }), mfence, read("r", 0)]],
      allowed: ["r=1", "undefined"],
      forbidden: [],
    },
    "break-before-make": {
      note: "clear, flush, then set",
      programs: [
        [
          store(upper("kernel", 0, 2), "absent"),
          invlpg(0),
          store(upper("kernel", 0, 2), { tableOf: "split", page: 0, level: 2 }),
          mfence,
          read("r", 0),
        ],
      ],
      allowed: ["r=1"],
      forbidden: ["undefined"],
    },
  },
  notices: { "two sizes have a meaning": { toleratesMixedSizes: true } },
};
