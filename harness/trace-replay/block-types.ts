import type { FreeBlock } from "../../model/software.ts";
import type { TraceZone } from "../trace/meta.ts";
import { TYPE_UNKNOWN } from "./first-reading.ts";
import type { PagetypeSnapshot } from "./proc-snapshot.ts";

/** How the types of pageblocks at the start are known, in blocks. */
export interface BlockTypes {
  /** By pageblock; none is unknown any more. */
  readonly types: Int8Array;
  /** Told by the first event that depends on the type. */
  readonly byEvents: number;
  /** Only one type is left that pagetypeinfo's counts of free blocks allow. */
  readonly byCounts: number;
  /** Several are allowed, or nothing was recorded: movable, as at boot, where the counts allow it. */
  readonly guessed: number;
}

/** As pagetypeinfo prints them, by migratetype; a block that is isolated or CMA's is not looked for. */
const TYPE_NAMES = ["Unmovable", "Movable", "Reclaimable", "HighAtomic"] as const;
const MOVABLE = 1;
/** The type that a guess prefers comes first. */
const BY_PREFERENCE = [MOVABLE, 0, 2, 3] as const;

/** A pageblock with free memory whose type no event tells. */
interface OpenBlock {
  readonly block: number;
  readonly zone: number;
  /** Free blocks in it, by order. */
  readonly free: Map<number, number>;
}

/**
 * Finds the types that events do not tell from the counts that the kernel printed: free blocks of each order and type.
 *
 * Only pageblocks with free memory matter: of the others nothing is given out, and nothing that the trace frees.
 *
 * - **Shapes, units**: `typeOfBlock` as the first reading left it; free blocks ascending.
 */
export function completeBlockTypes(
  typeOfBlock: Int8Array,
  pageblockOrder: number,
  free: readonly FreeBlock[],
  zones: readonly TraceZone[],
  told: PagetypeSnapshot | undefined,
): BlockTypes {
  const types = typeOfBlock.slice();
  const counts = new FreeCountsLeft(zones, told);
  const open = new Map<number, OpenBlock>();
  for (const { pfn, order } of free) {
    const block = pfn >>> pageblockOrder;
    const zone = zones.findIndex(({ startPfn, spanned }) => pfn >= startPfn && pfn < startPfn + spanned);
    if (types[block] !== TYPE_UNKNOWN) counts.take(zone, types[block] as number, order, 1);
    else count(open, block, zone, order);
  }
  const known = types.filter((type) => type !== TYPE_UNKNOWN).length;
  const byCounts = told === undefined ? 0 : settleByCounts(types, open, counts);
  const guessed = open.size;
  for (const each of open.values()) assign(types, each, counts.allowed(each)[0] ?? MOVABLE, counts);
  spreadOverLargeBlocks(types, pageblockOrder, free);
  for (let block = 0; block < types.length; block++) if (types[block] === TYPE_UNKNOWN) types[block] = MOVABLE;
  return { types, byEvents: known, byCounts, guessed };
}

/** Blocks that only one type fits are settled first; each one settled may leave others with only one. */
function settleByCounts(types: Int8Array, open: Map<number, OpenBlock>, counts: FreeCountsLeft): number {
  let settled = 0;
  for (let again = true; again; ) {
    again = false;
    for (const [block, each] of open) {
      const allowed = counts.allowed(each);
      if (allowed.length !== 1) continue;
      assign(types, each, allowed[0] ?? MOVABLE, counts);
      open.delete(block);
      settled++;
      again = true;
    }
  }
  return settled;
}

function assign(types: Int8Array, { block, zone, free }: OpenBlock, type: number, counts: FreeCountsLeft): void {
  types[block] = type;
  for (const [order, blocks] of free) counts.take(zone, type, order, blocks);
}

function count(open: Map<number, OpenBlock>, block: number, zone: number, order: number): void {
  const each = open.get(block) ?? { block, zone, free: new Map<number, number>() };
  each.free.set(order, (each.free.get(order) ?? 0) + 1);
  open.set(block, each);
}

/** A free block larger than a pageblock is on one list: its pageblocks are of one type. */
function spreadOverLargeBlocks(types: Int8Array, pageblockOrder: number, free: readonly FreeBlock[]): void {
  for (const { pfn, order } of free) {
    const first = pfn >>> pageblockOrder;
    for (let i = 1; i < 1 << Math.max(0, order - pageblockOrder); i++)
      if (types[first + i] === TYPE_UNKNOWN) types[first + i] = types[first] as number;
  }
}

/** Free blocks that pagetypeinfo counts and no pageblock accounts for yet, by zone, type and order. */
class FreeCountsLeft {
  private readonly left: number[][][];

  constructor(zones: readonly TraceZone[], told: PagetypeSnapshot | undefined) {
    this.left = zones.map(({ name, node }) =>
      TYPE_NAMES.map((type) => {
        const row = told?.free.find((each) => each.zone === name && each.node === node && each.type === type);
        return [...(row?.blocks ?? [])];
      }),
    );
  }

  take(zone: number, type: number, order: number, blocks: number): void {
    const row = this.left[zone]?.[type];
    if (row !== undefined) row[order] = (row[order] ?? 0) - blocks;
  }

  /** The types for which enough free blocks of every order that the pageblock has are left. */
  allowed({ zone, free }: OpenBlock): number[] {
    return BY_PREFERENCE.filter((type) =>
      [...free].every(([order, blocks]) => (this.left[zone]?.[type]?.[order] ?? 0) >= blocks),
    );
  }
}
