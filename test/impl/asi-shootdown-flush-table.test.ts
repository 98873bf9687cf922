import { describe, expect, test } from "vitest";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { spacesWith } from "../../harness/worlds/named-world.ts";
import { asiCore } from "../../impl/asi/transitions/core.ts";
import { CORRECT_ASI } from "../../impl/asi/transitions/switches.ts";
import { makeBatchProbe } from "../../impl/designs/batch-probe/design.ts";
import { type AddressSpaceHardware, INVPCID } from "../../model/address-space-hardware.ts";
import { flushTable, type Tag } from "../../model/paging/flush-table.ts";
import { heldColumns } from "../../model/space-columns.ts";
import type { HardwareProfile } from "../../model/spaces.ts";

const PAGE = 0;
/** A page of the other pageblock, whose upper entry lies on another path. */
const ELSEWHERE = 4;
const TAGS: readonly Tag[] = ["current", "named", "other", "global"];

const globals = makeBatchProbe({
  id: "globals",
  title: "",
  summary: "",
  asi: asiCore({ transitions: "flush", switches: { ...CORRECT_ASI, globalKernel: true } }),
});

/** One CPU on which everything may be held under every PCID, and nothing is mapped, so that nothing comes back. */
function everythingHeld(profile: HardwareProfile) {
  const scope = parseScope("cpus=1,pages=8,mms=2,calls=0");
  const machine = machineFor(globals, { ...scope, spaces: spacesWith({ slots: 3, tables: true, profile }) });
  const { k } = machine;
  for (let pfn = 0; pfn < 8; pfn++) k.spaces.clearDirect(pfn);
  const { entry } = machine.state.of(heldColumns);
  for (let row = 0; row < entry.rows; row++) entry.set(row, 1);
  return machine;
}

type Flush = (spaces: AddressSpaceHardware, named: number) => void;

/** The model's primitives by the names of the table; what it has no primitive for is not in it. */
const FLUSHES: Readonly<Record<string, Flush>> = {
  "INVLPG page": (spaces) => spaces.invlpg(0, PAGE),
  "MOV CR3, named PCID": (spaces, named) => spaces.writeCr3(0, spaces.rootOf(0, 0), named, false),
  "MOV CR3, named PCID, NOFLUSH": (spaces, named) => spaces.writeCr3(0, spaces.rootOf(0, 0), named, true),
  "INVPCID 0: page, named PCID": (spaces, named) => spaces.invpcid(0, INVPCID.address, named, PAGE),
  "INVPCID 1: named PCID": (spaces, named) => spaces.invpcid(0, INVPCID.single, named, 0),
  "INVPCID 2: all": (spaces) => spaces.invpcid(0, INVPCID.allGlobal, 0, 0),
  "INVPCID 3: all but global": (spaces) => spaces.invpcid(0, INVPCID.allNonGlobal, 0, 0),
  "CR4.PGE toggle": (spaces) => spaces.togglePge(0),
  "INVLPGB page, global": (spaces) => {
    spaces.invlpgb(0, PAGE, 1);
    spaces.tlbsync(0);
  },
  "INVLPGB all, global": (spaces) => {
    spaces.invlpgb(0, 0, 0);
    spaces.tlbsync(0);
  },
};

function cleared(profile: HardwareProfile, flush: Flush) {
  const { k } = everythingHeld(profile);
  const { held } = k.spaces;
  const pcids = [k.spaces.pcid(0), k.spaces.pcidOf(1, 0), k.spaces.pcidOf(2, 0), held.tags];
  const { entry } = k.of(heldColumns);
  flush(k.spaces, pcids[1] ?? 0);
  const gone = (row: number, tags: readonly Tag[]): Tag[] =>
    tags.filter((tag) => entry.get((pcids[TAGS.indexOf(tag)] ?? 0) * held.rows.total + row) === 0);
  const own = TAGS.slice(0, 3);
  return {
    page: gone(PAGE, TAGS),
    elsewhere: gone(ELSEWHERE, TAGS),
    path: gone(held.upperRow(0), own),
    structures: gone(held.upperRow(1), own),
  };
}

describe.each(["intel", "amd", "amd-tce-invlpgb"] as const)("the may-hold model of %s", (profile) => {
  const known = flushTable(profile).filter(({ kind }) => kind in FLUSHES);

  test.each(known.map((row) => [row.kind, row] as const))("%s clears what explicit hardware clears", (kind, row) => {
    const { page, elsewhere, path, structures } = row;
    const found = cleared(profile, FLUSHES[kind] as Flush);
    expect(found).toMatchObject({ page, elsewhere, path });
    expect(found.structures).toEqual(structures);
  });

  test("knows every kind of flush that its software uses", () => {
    expect(known.length).toBe(profile === "amd-tce-invlpgb" ? 10 : 8);
  });
});
