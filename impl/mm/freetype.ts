import type { Kernel } from "../../model/kernel.ts";

/**
 * Freetypes: what a set of free lists is for. A freetype is a migratetype and the settings of the design's own flags
 * (sensitive, unmapped), as one index: `flags * migratetypes + migratetype`.
 *
 * The numbering is that of a kernel with CMA. A world of the fast path alone has one migratetype, into which all fold.
 *
 * - **Source**: `enum migratetype` in include/linux/mmzone.h; `freetype_t` of the ASI series of September 2025.
 */
export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
/** The number of types on the pcplists. */
export const MIGRATE_PCPTYPES = 3;
export const MIGRATE_HIGHATOMIC = 3;
export const MIGRATE_CMA = 4;
export const MIGRATE_ISOLATE = 5;
export const MIGRATE_TYPES = 6;

/** As /proc/pagetypeinfo prints them. */
export const MIGRATETYPE_NAMES = ["Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate"] as const;

/** Where a request of each type looks when its own lists are empty, in order of preference. */
export const FALLBACKS: readonly (readonly number[])[] = [
  [MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE],
  [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE],
  [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
];

export function migratetypeOfFreetype(k: Kernel, freetype: number): number {
  return k.world.migratetypes === 1 ? MIGRATE_MOVABLE : freetype % MIGRATE_TYPES;
}

/** The design's flag bits of a freetype. */
export function flagsOfFreetype(k: Kernel, freetype: number): number {
  return Math.floor(freetype / k.world.migratetypes);
}

/** The freetype of a migratetype under flags; the migratetype is of no account where lists do not tell them apart. */
export function freetypeOf(k: Kernel, migratetype: number, flags = 0): number {
  return k.world.migratetypes === 1 ? flags : flags * MIGRATE_TYPES + migratetype;
}

/** The same flags under another migratetype. */
export function withMigratetype(k: Kernel, freetype: number, migratetype: number): number {
  return freetypeOf(k, migratetype, flagsOfFreetype(k, freetype));
}

export function isIsolate(k: Kernel, freetype: number): boolean {
  return k.world.migratetypes !== 1 && freetype % MIGRATE_TYPES === MIGRATE_ISOLATE;
}

/** can_merge_freetypes() of the ASI series of September 2025: free pages of the two types may become one block. */
export function mayMergeFreetypes(k: Kernel, type: number, other: number): boolean {
  if (type === other) return true;
  return flagsOfFreetype(k, type) === flagsOfFreetype(k, other) && isMergeable(k, type) && isMergeable(k, other);
}

/** Free pages of this type may merge with those of other types above pageblock_order: not HIGHATOMIC, CMA, ISOLATE. */
export function isMergeable(k: Kernel, freetype: number): boolean {
  return k.world.migratetypes === 1 || freetype % MIGRATE_TYPES < MIGRATE_PCPTYPES;
}
