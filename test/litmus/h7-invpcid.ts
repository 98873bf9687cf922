import { cr3Noflush, type Litmus, leaf, type Program, PUBLIC, read, run, storeLocked } from "./litmus.ts";

export const h7Invpcid: Litmus = {
  name: "h7-invpcid",
  about: "H7",
  statement:
    "INVPCID always drops what its type names: 0 a page of a PCID, 1 a PCID, 2 everything, 3 all but global entries.",
  source: "Intel SDM vol. 2 INVPCID, vol. 3 §4.10.4.1; AMD APM vol. 3 INVPCID; arch/x86/include/asm/invpcid.h",
  picture: [
    "1. cpu0 caches pages 0 and 2 under PCID 1, and page 1 as a global one",
    "2. cpu0 loads PCID 2 with NOFLUSH and caches page 0 there",
    "3. all leaves are cleared, INVPCID names PCID 1 and page 0",
    "4. b: page 0 under PCID 2; a, o, g: pages 0, 2 and 1 under PCID 1",
  ],
  world: {
    spaces: {
      first: { pcid: 1, pages: { 0: { frame: "frame" }, 1: { frame: "frame", global: true }, 2: { frame: "frame" } } },
      second: { pcid: 2, pages: { 0: { frame: "frame" } } },
    },
    loaded: ["first"],
    frames: { frame: PUBLIC },
    registers: ["b", "a", "o", "g"],
    translations: 4,
    speculation: [[]],
  },
  variants: {
    "type-0": {
      note: "page 0 of PCID 1",
      programs: [afterInvpcid(0)],
      allowed: [
        "b=1 a=fault o=1 g=1",
        "b=1 a=fault o=1 g=fault",
        "b=1 a=fault o=fault g=1",
        "b=1 a=fault o=fault g=fault",
        "b=fault a=fault o=1 g=1",
        "b=fault a=fault o=1 g=fault",
        "b=fault a=fault o=fault g=1",
        "b=fault a=fault o=fault g=fault",
      ],
      forbidden: ["b=1 a=1 o=1 g=1"],
    },
    "type-1": {
      note: "PCID 1, not its global page",
      programs: [afterInvpcid(1)],
      allowed: [
        "b=1 a=fault o=fault g=1",
        "b=1 a=fault o=fault g=fault",
        "b=fault a=fault o=fault g=1",
        "b=fault a=fault o=fault g=fault",
      ],
      forbidden: ["b=1 a=fault o=1 g=1"],
    },
    "type-2": {
      note: "everything",
      programs: [afterInvpcid(2)],
      allowed: ["b=fault a=fault o=fault g=fault"],
      forbidden: ["b=1 a=fault o=fault g=fault", "b=fault a=fault o=fault g=1"],
    },
    "type-3": {
      note: "every PCID, no global entry",
      programs: [afterInvpcid(3)],
      allowed: ["b=fault a=fault o=fault g=1", "b=fault a=fault o=fault g=fault"],
      forbidden: ["b=1 a=fault o=fault g=1"],
    },
  },
  notices: {
    "type 2 spares global entries": { invpcidAllDropsGlobal: false },
    "type 1 drops global entries": { invpcidContextDropsGlobal: true },
    "type 3 reaches the current PCID only": { invpcidNonGlobalPcids: "current" },
  },
};

/** Fills four translations, clears all leaves, flushes by the given type and reads what is left. */
function afterInvpcid(type: 0 | 1 | 2 | 3): Program {
  return [
    read("a", 0),
    read("g", 1),
    read("o", 2),
    cr3Noflush("second"),
    read("b", 0),
    storeLocked(leaf("first", 0), "absent"),
    storeLocked(leaf("first", 1), "absent"),
    storeLocked(leaf("first", 2), "absent"),
    storeLocked(leaf("second", 0), "absent"),
    run({ op: "invpcid", type, pcid: 1, page: 0 }),
    read("b", 0),
    cr3Noflush("first"),
    read("a", 0),
    read("o", 2),
    read("g", 1),
  ];
}
