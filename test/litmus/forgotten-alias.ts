import { CLEAN, datum, invlpg, type Litmus, leaf, read, SECRET, store } from "./litmus.ts";

export const forgottenAlias: Litmus = {
  name: "forgotten-alias",
  about: "S29, vmap",
  statement: "A frame is never discharged while one of its kernel aliases can be held.",
  source: "vfree() and lazy purging in mm/vmalloc.c, 6.12; set_direct_map_invalid_noflush() flushes no alias",
  picture: [
    "1. a frame is mapped in the physmap (page 0) and by vmalloc (page 1)",
    "2. cpu0 clears and flushes page 0; page 1 awaits its lazy purge",
    "3. a secret is written and read through page 1",
  ],
  world: {
    spaces: { restricted: { pcid: 1, pages: { 0: { frame: "frame" }, 1: { frame: "frame" } } } },
    loaded: ["restricted"],
    frames: { frame: CLEAN },
    registers: ["r0", "r1"],
    translations: 2,
    speculation: [[]],
  },
  variants: {
    "physmap-only": {
      note: "the alias is still present",
      programs: [
        [
          read("r1", 1),
          store(leaf("restricted", 0), "absent"),
          invlpg(0),
          store(datum("frame"), SECRET),
          read("r0", 0),
          read("r1", 1),
        ],
      ],
      allowed: ["r0=fault r1=2"],
      forbidden: ["r0=2 r1=2"],
    },
    "alias-cleared": {
      note: "vunmap without the purge: the translation is left",
      programs: [
        [
          read("r1", 1),
          store(leaf("restricted", 0), "absent"),
          store(leaf("restricted", 1), "absent"),
          invlpg(0),
          store(datum("frame"), SECRET),
          read("r0", 0),
          read("r1", 1),
        ],
      ],
      allowed: ["r0=fault r1=2", "r0=fault r1=fault"],
      forbidden: ["r0=2 r1=2"],
    },
    "alias-purged": {
      note: "both cleared, both flushed",
      programs: [
        [
          read("r1", 1),
          store(leaf("restricted", 0), "absent"),
          store(leaf("restricted", 1), "absent"),
          invlpg(0),
          invlpg(1),
          store(datum("frame"), SECRET),
          read("r0", 0),
          read("r1", 1),
        ],
      ],
      allowed: ["r0=fault r1=fault"],
      forbidden: ["r0=fault r1=2"],
    },
  },
};
