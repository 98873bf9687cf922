import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type FlushRow, flushTable, flushTables, type Tag } from "../../model/paging/flush-table.ts";
import { PROFILE_NAMES, type ProfileName } from "../../model/paging/hardware-rules.ts";

const EVERY_PCID: readonly Tag[] = ["current", "named", "other"];
const EVERYTHING: readonly Tag[] = [...EVERY_PCID, "global"];

function row(profile: ProfileName, kind: string): FlushRow {
  const found = flushTable(profile).find((candidate) => candidate.kind === kind);
  if (found === undefined) throw new Error(`${profile} has a row ${kind}`);
  return found;
}

function cleared(profile: ProfileName, kind: string): readonly (readonly Tag[])[] {
  const { page, elsewhere, path, structures } = row(profile, kind);
  return [page, elsewhere, path, structures];
}

describe("the table of flushes, found by experiment", () => {
  test("is the one printed in docs/flush-table.md", () => {
    expect(readFileSync("docs/flush-table.md", "utf8")).toContain(flushTables());
  });

  test.for(PROFILE_NAMES)(
    "on %s a CR3 write without NOFLUSH clears the new PCID only, with NOFLUSH nothing",
    (name) => {
      expect(cleared(name, "MOV CR3, named PCID")).toEqual([["named"], ["named"], ["named"], ["named"]]);
      expect(cleared(name, "MOV CR3, named PCID, NOFLUSH")).toEqual([[], [], [], []]);
    },
  );

  test.for(PROFILE_NAMES)("on %s INVPCID 2 and a PGE toggle alone clear every PCID and the global entries", (name) => {
    const whole = flushTable(name).filter((candidate) => candidate.elsewhere.includes("global"));
    const kinds = whole.map((candidate) => candidate.kind).filter((kind) => !kind.startsWith("INVLPGB"));
    expect(kinds).toEqual(["INVPCID 2: all", "CR4.PGE toggle"]);
    for (const kind of kinds) expect(cleared(name, kind)).toEqual([EVERYTHING, EVERYTHING, EVERY_PCID, EVERY_PCID]);
  });

  test.for(PROFILE_NAMES)("on %s INVPCID 3 clears every PCID and no global entry, INVPCID 1 one PCID", (name) => {
    expect(cleared(name, "INVPCID 3: all but global")).toEqual([EVERY_PCID, EVERY_PCID, EVERY_PCID, EVERY_PCID]);
    expect(cleared(name, "INVPCID 1: named PCID")).toEqual([["named"], ["named"], ["named"], ["named"]]);
  });

  test("INVLPG clears one page in the current PCID and its global entry, and all tables of the PCID", () => {
    for (const name of ["intel", "amd"] as const)
      expect(cleared(name, "INVLPG page")).toEqual([["current", "global"], [], ["current"], ["current"]]);
  });

  test("with TCE INVLPG spares the tables that do not lead to the page", () => {
    expect(cleared("amd-tce-invlpgb", "INVLPG page")).toEqual([["current", "global"], [], ["current"], []]);
  });

  test("INVLPGB reaches what its selectors name: final-only spares the tables, a guest's ASID reaches nothing", () => {
    const kinds = ["INVLPGB page, named PCID", "INVLPGB page, named PCID, final only", "INVLPGB all of ASID 1"];
    expect(kinds.map((kind) => cleared("amd-tce-invlpgb", kind))).toEqual([
      [["named"], [], ["named"], []],
      [["named"], [], [], []],
      [[], [], [], []],
    ]);
  });

  test("only amd-tce-invlpgb has rows for INVLPGB, eight of them", () => {
    const rows = PROFILE_NAMES.map((name) => flushTable(name).filter(({ kind }) => kind.startsWith("INVLPGB")).length);
    expect(rows).toEqual([0, 0, 8]);
  });

  test("every invalidation that reaches this CPU ends its walks", () => {
    const rows = PROFILE_NAMES.flatMap((name) => flushTable(name));
    expect(rows.filter(({ endsWalks }) => !endsWalks).map(({ kind }) => kind)).toEqual(["INVLPGB all of ASID 1"]);
  });
});
