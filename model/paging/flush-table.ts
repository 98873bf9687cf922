import type { CachedRecord } from "./cached-record.ts";
import { PROFILE_NAMES, type ProfileName, rulesOf } from "./hardware-rules.ts";
import type { Instruction } from "./instruction.ts";
import { PagingMachine } from "./paging-machine.ts";
import { TableBuilder } from "./table-builder.ts";

/** Whose entries: the PCID loaded before the flush, the one the flush names, any other, or global ones. */
export type Tag = "current" | "named" | "other" | "global";

/** What one kind of flush takes out of a CPU on which everything was cached. */
export interface FlushRow {
  readonly kind: string;
  /** Tags under which the translation of the flushed page is gone. */
  readonly page: readonly Tag[];
  /** Tags under which a translation of another page is gone. */
  readonly elsewhere: readonly Tag[];
  /** PCIDs whose cached tables on the way to the page are gone; a table belongs to no global entry. */
  readonly path: readonly Tag[];
  /** PCIDs whose cached tables on no such way are gone. */
  readonly structures: readonly Tag[];
  /** Walks begun before deposit nothing afterwards. */
  readonly endsWalks: boolean;
}

interface FlushKind {
  readonly kind: string;
  readonly instruction: Instruction;
}

const PCID: Readonly<Record<Tag, number>> = { current: 1, named: 2, other: 3, global: 4 };
const TAGS: readonly Tag[] = ["current", "named", "other", "global"];
const PAGE = 0;
const ELSEWHERE = 8;
const ENTRIES = 2;
const LEAF_FRAME = 31;

/**
 * The table "flush kind × PCIDs and structures cleared" of a profile, found by experiment on the hardware model: a CPU
 * caches everything, executes the flush, and what is missing afterwards is the row.
 */
export function flushTable(profile: ProfileName): FlushRow[] {
  const kinds = rulesOf(profile).hasInvlpgb ? [...COMMON, ...BROADCASTS] : COMMON;
  return kinds.map(({ kind, instruction }) => experiment(profile, kind, instruction));
}

/** The tables of all profiles as Markdown. */
export function flushTables(): string {
  return PROFILE_NAMES.map((profile) => `### ${profile}\n\n${renderTable(flushTable(profile))}`).join("\n\n");
}

const ROOT = 0;
const COMMON: readonly FlushKind[] = [
  { kind: "INVLPG page", instruction: { op: "invlpg", page: PAGE } },
  { kind: "MOV CR3, named PCID", instruction: { op: "write-cr3", root: ROOT, pcid: PCID.named, noflush: false } },
  {
    kind: "MOV CR3, named PCID, NOFLUSH",
    instruction: { op: "write-cr3", root: ROOT, pcid: PCID.named, noflush: true },
  },
  { kind: "INVPCID 0: page, named PCID", instruction: { op: "invpcid", type: 0, pcid: PCID.named, page: PAGE } },
  { kind: "INVPCID 1: named PCID", instruction: { op: "invpcid", type: 1, pcid: PCID.named, page: 0 } },
  { kind: "INVPCID 2: all", instruction: { op: "invpcid", type: 2, pcid: 0, page: 0 } },
  { kind: "INVPCID 3: all but global", instruction: { op: "invpcid", type: 3, pcid: 0, page: 0 } },
  { kind: "CR4.PGE toggle", instruction: { op: "write-cr4", pge: false, pcide: true } },
];

const PAGES = { first: PAGE, count: 1 };
const BROADCASTS: readonly FlushKind[] = [
  { kind: "INVLPGB page", instruction: { op: "invlpgb", pages: PAGES, globals: false, finalOnly: false } },
  { kind: "INVLPGB page, global", instruction: { op: "invlpgb", pages: PAGES, globals: true, finalOnly: false } },
  {
    kind: "INVLPGB page, named PCID",
    instruction: { op: "invlpgb", pages: PAGES, pcid: PCID.named, globals: false, finalOnly: false },
  },
  {
    kind: "INVLPGB page, named PCID, final only",
    instruction: { op: "invlpgb", pages: PAGES, pcid: PCID.named, globals: false, finalOnly: true },
  },
  { kind: "INVLPGB named PCID", instruction: { op: "invlpgb", pcid: PCID.named, globals: false, finalOnly: false } },
  { kind: "INVLPGB all but global", instruction: { op: "invlpgb", globals: false, finalOnly: false } },
  { kind: "INVLPGB all, global", instruction: { op: "invlpgb", globals: true, finalOnly: false } },
  { kind: "INVLPGB all of ASID 1", instruction: { op: "invlpgb", asid: 1, globals: true, finalOnly: false } },
];

function experiment(profile: ProfileName, kind: string, instruction: Instruction): FlushRow {
  const machine = cachedMachine(profile);
  const before = held(machine);
  machine.execute(0, instruction);
  while (machine.blocked(0, { op: "tlbsync" })) machine.perform({ kind: "perform-broadcast", pending: 0 });
  const after = held(machine);
  const gone = (where: (contents: Contents) => Set<Tag>): Tag[] =>
    TAGS.filter((tag) => where(before).has(tag) && !where(after).has(tag));
  return {
    kind,
    page: gone((contents) => contents.page),
    elsewhere: gone((contents) => contents.elsewhere),
    path: gone((contents) => contents.path),
    structures: gone((contents) => contents.structures),
    endsWalks: machine.cpu(0).walks.size === 0,
  };
}

/** One CPU with PCID 1 loaded that has cached two pages, and every table above them, under each tag, and begun a walk. */
function cachedMachine(profile: ProfileName): PagingMachine {
  const machine = new PagingMachine({
    rules: rulesOf(profile),
    cpus: 1,
    entries: ENTRIES,
    frames: LEAF_FRAME + 1,
    variables: 0,
    translations: 2 * TAGS.length,
    structures: 6 * TAGS.length,
    walks: 1,
    stores: 1,
    broadcasts: 1,
  });
  const tables = new TableBuilder(machine);
  for (const tag of [...TAGS].reverse()) {
    const root = tables.table();
    machine.execute(0, { op: "write-cr3", root, pcid: PCID[tag], noflush: true });
    for (const page of [PAGE, ELSEWHERE]) {
      tables.map(root, page, LEAF_FRAME, 1, { global: tag === "global" });
      cache(machine, page);
    }
    // A global entry outlives its PCID; its tables are of no interest.
    if (tag === "global") machine.cpu(0).structures.drop(() => true);
  }
  machine.perform({ kind: "start-walk", cpu: 0, page: PAGE, from: 0 });
  return machine;
}

/** A whole walk from the root that keeps every table it passes. */
function cache(machine: PagingMachine, page: number): void {
  machine.perform({ kind: "start-walk", cpu: 0, page, from: 0 });
  for (let level = 4; level >= 1; level--) machine.perform({ kind: "walk-load", cpu: 0, walk: 0, keep: level > 1 });
  machine.perform({ kind: "fill", cpu: 0, walk: 0 });
}

interface Contents {
  readonly page: Set<Tag>;
  readonly elsewhere: Set<Tag>;
  readonly path: Set<Tag>;
  readonly structures: Set<Tag>;
}

function held(machine: PagingMachine): Contents {
  const { translations, structures } = machine.cpu(0);
  const tags = (records: readonly CachedRecord[]): Set<Tag> => new Set(records.map(tagOf));
  const reaches = (record: CachedRecord): boolean => machine.geometry.leadsTo(record.level, record.page, PAGES);
  return {
    page: tags(translations.all().filter((record) => record.page === PAGE)),
    elsewhere: tags(translations.all().filter((record) => record.page === ELSEWHERE)),
    path: tags(structures.all().filter(reaches)),
    structures: tags(structures.all().filter((record) => !reaches(record))),
  };
}

function tagOf(record: CachedRecord): Tag {
  if (record.global) return "global";
  return TAGS.find((tag) => PCID[tag] === record.pcid) ?? "other";
}

function renderTable(rows: readonly FlushRow[]): string {
  const cell = (tags: readonly Tag[]): string => (tags.length === 0 ? "–" : tags.join(", "));
  return [
    "| flush | the page | other pages | tables on its way | other tables | ends walks |",
    "| --- | --- | --- | --- | --- | :-: |",
    ...rows.map(
      ({ kind, page, elsewhere, path, structures, endsWalks }) =>
        `| ${kind} | ${cell(page)} | ${cell(elsewhere)} | ${cell(path)} | ${cell(structures)} | ${endsWalks ? "yes" : "no"} |`,
    ),
  ].join("\n");
}
