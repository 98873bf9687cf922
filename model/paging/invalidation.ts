import type { CachedRecord } from "./cached-record.ts";
import type { HardwareRules, StructureReach } from "./hardware-rules.ts";
import type { Broadcast, Instruction } from "./instruction.ts";
import type { TableGeometry } from "./table-geometry.ts";

/** What an invalidation takes out of one CPU's caches. */
export interface Drops {
  readonly translation: (record: CachedRecord) => boolean;
  readonly structure: (record: CachedRecord) => boolean;
}

/** The registers on which the reach of an invalidation depends. */
export interface InvalidationContext {
  readonly pcid: number;
  readonly pge: boolean;
  readonly pcide: boolean;
  readonly tce: boolean;
}

type Invalidating = Extract<Instruction, { op: "invlpg" | "write-cr3" | "invpcid" | "write-cr4" | "invlpgb" }>;

const all = (): boolean => true;
const none = (): boolean => false;

/**
 * Says what an invalidation drops on one CPU, by H5–H8 and H12.
 *
 * - **Context**: `cpu` holds the register values *before* the instruction.
 * - **Source**: Intel SDM vol. 3 §4.10.4.1; AMD APM vol. 2 §5.5.2 and §5.5.3 (TCE), vol. 3 INVLPGB.
 */
export function dropsOf(
  instruction: Invalidating,
  cpu: InvalidationContext,
  rules: HardwareRules,
  geometry: TableGeometry,
): Drops {
  switch (instruction.op) {
    case "invlpg":
      return ofInvlpg(instruction.page, cpu, rules, geometry);
    case "write-cr3":
      return ofCr3(instruction, cpu, rules);
    case "invpcid":
      return ofInvpcid(instruction, cpu, rules, geometry);
    case "write-cr4":
      return ofCr4(instruction, cpu, rules);
    case "invlpgb":
      return ofInvlpgb(instruction, cpu, rules, geometry);
  }
}

function ofInvlpg(page: number, cpu: InvalidationContext, rules: HardwareRules, geometry: TableGeometry): Drops {
  const pcidHit = (record: CachedRecord): boolean => rules.invlpgPcids === "all" || record.pcid === cpu.pcid;
  const reach = cpu.tce && rules.invlpgStructures === "whole-pcid" ? "path" : rules.invlpgStructures;
  return {
    translation: (record) =>
      geometry.covers(record.level, record.page, page) && (record.global ? rules.invlpgDropsGlobal : pcidHit(record)),
    structure: (record) => pcidHit(record) && reached(record, page, reach, geometry),
  };
}

function ofCr3(
  instruction: Extract<Instruction, { op: "write-cr3" }>,
  cpu: InvalidationContext,
  rules: HardwareRules,
): Drops {
  if (instruction.noflush && cpu.pcide && rules.noflushKeeps) return { translation: none, structure: none };
  if (rules.cr3Drops === "everything") return { translation: all, structure: all };
  if (rules.cr3Drops === "nothing") return { translation: none, structure: none };
  const pcid = rules.cr3Drops === "new-pcid" ? instruction.pcid : cpu.pcid;
  return {
    translation: (record) => !record.global && record.pcid === pcid,
    structure: (record) => record.pcid === pcid,
  };
}

function ofInvpcid(
  { type, pcid, page }: Extract<Instruction, { op: "invpcid" }>,
  cpu: InvalidationContext,
  rules: HardwareRules,
  geometry: TableGeometry,
): Drops {
  const mine = (record: CachedRecord): boolean => record.pcid === pcid;
  const spared = (record: CachedRecord): boolean => record.global && !rules.invpcidContextDropsGlobal;
  const reach = cpu.tce && rules.invpcidAddressStructures === "whole-pcid" ? "path" : rules.invpcidAddressStructures;
  switch (type) {
    case 0:
      return {
        translation: (record) => mine(record) && !record.global && geometry.covers(record.level, record.page, page),
        structure: (record) => mine(record) && reached(record, page, reach, geometry),
      };
    case 1:
      return { translation: (record) => mine(record) && !spared(record), structure: mine };
    case 2:
      return { translation: (record) => !record.global || rules.invpcidAllDropsGlobal, structure: all };
    case 3: {
      const within = (record: CachedRecord): boolean =>
        rules.invpcidNonGlobalPcids === "all" || record.pcid === cpu.pcid;
      return { translation: (record) => !record.global && within(record), structure: within };
    }
  }
}

/** Changing PGE drops all there is; so does turning PCIDs off. Other writes of CR4 leave the caches alone. */
function ofCr4(
  { pge, pcide }: Extract<Instruction, { op: "write-cr4" }>,
  cpu: InvalidationContext,
  rules: HardwareRules,
): Drops {
  if (pge === cpu.pge && !(cpu.pcide && !pcide)) return { translation: none, structure: none };
  switch (rules.pgeToggle) {
    case "everything":
      return { translation: all, structure: all };
    case "non-global":
      return { translation: (record) => !record.global, structure: all };
    case "current-pcid":
      return { translation: (record) => record.pcid === cpu.pcid, structure: (record) => record.pcid === cpu.pcid };
  }
}

/** `pcid` restricts structures as well as translations; a global entry belongs to no PCID, only `globals` reaches it. */
function ofInvlpgb(flush: Broadcast, cpu: InvalidationContext, rules: HardwareRules, geometry: TableGeometry): Drops {
  if ((flush.asid ?? 0) !== 0) return { translation: none, structure: none };
  const pages = flush.pages;
  const inPcid = (record: CachedRecord): boolean => flush.pcid === undefined || record.pcid === flush.pcid;
  const inPages = (record: CachedRecord): boolean =>
    pages === undefined || geometry.overlaps(record.level, record.page, pages.first, pages.count);
  const onPath = (record: CachedRecord): boolean =>
    pages === undefined || !(rules.hasTce && cpu.tce) || geometry.leadsTo(record.level, record.page, pages);
  return {
    translation: (record) => inPages(record) && (record.global ? flush.globals : inPcid(record)),
    structure: (record) => !flush.finalOnly && inPcid(record) && onPath(record),
  };
}

function reached(record: CachedRecord, page: number, reach: StructureReach, geometry: TableGeometry): boolean {
  if (reach === "whole-pcid") return true;
  return reach === "path" && geometry.leadsTo(record.level, record.page, { first: page, count: 1 });
}
