import { invlpg, type Litmus, PUBLIC, read, store, upper } from "./litmus.ts";

export const h5InvlpgLargePage: Litmus = {
  name: "h5-invlpg-large-page",
  about: "H5",
  statement: "INVLPG of any address in a large page always drops the whole page.",
  source: "Intel SDM vol. 3 §4.10.4.1; AMD APM vol. 2 §5.5.2",
  picture: [
    "1. cpu0 caches a 2M page",
    "2. cpu0 clears its leaf by one store",
    "3. INVLPG of its second half",
    "4. read of its first half",
  ],
  world: {
    spaces: { kernel: { pcid: 1, pages: { 0: { frame: "large", level: 2 } } } },
    loaded: ["kernel"],
    frames: { large: PUBLIC },
    registers: ["r"],
  },
  variants: {
    inside: {
      note: "page 1 lies in the same leaf",
      programs: [[store(upper("kernel", 0, 2), "absent"), invlpg(1), read("r", 0)]],
      allowed: ["r=fault"],
      forbidden: ["r=1"],
    },
    outside: {
      note: "page 2 does not",
      programs: [[store(upper("kernel", 0, 2), "absent"), invlpg(2), read("r", 0)]],
      allowed: ["r=1", "r=fault"],
      forbidden: [],
    },
  },
};
