import type { Kernel } from "../../../model/kernel.ts";
import { LEAF_BLOCK } from "../../../model/space-columns.ts";
import type { Shootdown } from "../parts.ts";

/** Named departures from a correct map; each is a canary's. */
export interface MapSwitches {
  /** A large leaf is replaced by small ones with no flush in between. */
  readonly splitsWithoutFlush: boolean;
  /** Small leaves take the place of a large one in one store; the flush follows. */
  readonly splitsInPlace: boolean;
  /** A split does not take the lock under which others store leaves of the size there is. */
  readonly splitsUnlocked: boolean;
  /** A part of a large leaf is cleared as if it were a leaf of its own. */
  readonly cutsLeaf: boolean;
  /** A table goes back to the free lists before the CPUs have forgotten it. */
  readonly freesTableFirst: boolean;
  /** A map that could not be finished is undone by clearing the upper entry over its leaves. */
  readonly clearsUpper: boolean;
  /** A map that could not be finished is left as far as it has come. */
  readonly keepsPartialMap: boolean;
  /** Tables are asked for as nonsensitive memory, which has to be mapped itself. */
  readonly mapsTables: boolean;
}

export const CORRECT_MAP: MapSwitches = {
  splitsWithoutFlush: false,
  splitsInPlace: false,
  splitsUnlocked: false,
  cutsLeaf: false,
  freesTableFirst: false,
  clearsUpper: false,
  keepsPartialMap: false,
  mapsTables: false,
};

/**
 * A restricted map whose leaves have sizes.
 *
 * - **leaf**: the largest leaf that is stored for a range which covers it.
 * - **tables**: `deposited`: one per pageblock lies ready from boot; `on-demand`: allocated for the first 4K leaf under it;
 *   `in-step`: there wherever the direct map has one, so that only a split of the direct map allocates.
 * - **failAtLeaves**: storing any 4K leaf may fail, as if each lay under a table of its own (W12).
 * - **shootdown**: for splits and freed tables.
 * - **tableShootdown**: for freed tables alone, where it differs.
 */
export interface SizedOptions {
  readonly leaf: "4k" | "block";
  readonly tables: "deposited" | "on-demand" | "in-step";
  readonly failAtLeaves: boolean;
  readonly shootdown: Shootdown;
  readonly tableShootdown: Shootdown;
  readonly switches: MapSwitches;
}

/** A 4K leaf of this block has no table to lie in. */
export function lacksTable(k: Kernel, options: SizedOptions, block: number): boolean {
  if (k.world.spaces?.tables !== true || options.tables === "deposited") return false;
  if (options.tables === "in-step") return k.spaces.directLeaf(block) === LEAF_BLOCK;
  return k.spaces.table(block) < 0;
}

/** The block may get one large leaf: none of its pages has a small one, and the direct map shows all of them. */
export function allowsBlockLeaf(k: Kernel, options: SizedOptions, block: number, pages: readonly number[]): boolean {
  if (options.leaf !== "block" || pages.some((pfn) => k.hw.isPresent(pfn))) return false;
  if (k.world.spaces?.tables !== true) return true;
  if (!pages.every((pfn) => k.spaces.isDirectPresent(pfn))) return false;
  return options.tables === "deposited" || lacksTable(k, options, block);
}
