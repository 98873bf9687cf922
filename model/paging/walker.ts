import { ABSENT_FRAME, type CachedRecord } from "./cached-record.ts";
import type { HardwareRules } from "./hardware-rules.ts";
import { decodeEntry, isPresent, type PageWord } from "./page-entry.ts";
import type { PagingCpu } from "./paging-cpu.ts";
import { LARGEST_LEAF_LEVEL, ROOT_LEVEL, type TableGeometry } from "./table-geometry.ts";

/** Reads one entry of a table as memory has it now; the walker does not look into the store buffer. */
export type ReadEntry = (frame: number, index: number) => PageWord;

/** Where a walk stands after one load. */
export type WalkLoad =
  | { readonly kind: "absent" }
  | { readonly kind: "table"; readonly walk: CachedRecord }
  | { readonly kind: "leaf"; readonly walk: CachedRecord };

/** A walk for `page` from the root of the loaded address space. */
export function walkFromRoot(cpu: PagingCpu, page: number): CachedRecord {
  return {
    global: false,
    level: ROOT_LEVEL,
    writable: true,
    noExecute: false,
    loaded: false,
    pcid: cpu.pcid,
    page,
    frame: cpu.root,
  };
}

/** A walk for `page` from a cached table; the entries above it are not read again. */
export function walkFromStructure(structure: CachedRecord, page: number): CachedRecord {
  return { ...structure, page, loaded: false };
}

/** Every place a walk for `page` can begin. */
export function walkStarts(cpu: PagingCpu, page: number): CachedRecord[] {
  const cached = cpu.structures.all().filter((structure) => cpu.canStartFrom(structure, page));
  return [walkFromRoot(cpu, page), ...cached.map((structure) => walkFromStructure(structure, page))];
}

/** One load of a walk. Permissions add up: writable if every level says so, executable if no level forbids it. */
export function walkLoad(walk: CachedRecord, read: ReadEntry, geometry: TableGeometry, pge: boolean): WalkLoad {
  const word = read(walk.frame, geometry.index(walk.level, walk.page));
  if (!isPresent(word)) return { kind: "absent" };
  const entry = decodeEntry(word);
  const passed = {
    ...walk,
    writable: walk.writable && entry.writable,
    noExecute: walk.noExecute || entry.noExecute,
    frame: entry.pfn,
  };
  const leaf = walk.level === 1 || (entry.ps && walk.level <= LARGEST_LEAF_LEVEL);
  if (!leaf) return { kind: "table", walk: { ...passed, level: walk.level - 1 } };
  return { kind: "leaf", walk: { ...passed, loaded: true, global: entry.global && pge } };
}

/** What the paging-structure cache keeps of a walk that has just passed an upper entry. */
export function structureOf(walk: CachedRecord, geometry: TableGeometry): CachedRecord {
  return { ...walk, loaded: false, page: geometry.firstBelow(walk.level, walk.page) };
}

/** What the TLB keeps of a finished walk. */
export function translationOf(walk: CachedRecord, geometry: TableGeometry): CachedRecord {
  return { ...walk, loaded: false, page: geometry.firstPage(walk.level, walk.page) };
}

/** A negative entry, on hardware that breaks H1. */
export function negativeOf(walk: CachedRecord): CachedRecord {
  return { ...walk, loaded: false, level: 1, frame: ABSENT_FRAME };
}

/** All loads of a walk at once, as an access sees them that nothing interrupts; `undefined` where P is clear. */
export function wholeWalk(
  start: CachedRecord,
  read: ReadEntry,
  geometry: TableGeometry,
  pge: boolean,
): CachedRecord | undefined {
  for (let walk = start; ; ) {
    const load = walkLoad(walk, read, geometry, pge);
    if (load.kind === "absent") return undefined;
    if (load.kind === "leaf") return translationOf(load.walk, geometry);
    walk = load.walk;
  }
}

/** True if the CPU, by its rules, begins walks of its own accord. */
export function mayWalkAlone(rules: HardwareRules, pages: readonly number[] | undefined, page: number): boolean {
  return rules.speculates && (pages === undefined || pages.includes(page));
}
