import { InputError } from "./failure.ts";

/**
 * The kernel's size constants as one checked parameter set.
 *
 * A small world must run the same branches as the real machine, so the inequalities that hold on x86-64 hold in every
 * geometry with a plain name. A geometry that breaks one is a different machine and says so by its name.
 *
 * - **Units**: orders are log2 of pages; `flushCeilingPages` pages; `pcpBatch` and `pcpHigh` pages per list refill and
 *   per-CPU list limit.
 * - **Source**: PAGE_ALLOC_COSTLY_ORDER, pageblock_order, MAX_PAGE_ORDER, tlb_single_page_flush_ceiling; v6.12.
 */
export interface Geometry {
  readonly name: string;
  readonly costlyOrder: number;
  readonly pageblockOrder: number;
  readonly maxOrder: number;
  readonly flushCeilingPages: number;
  readonly pcpBatch: number;
  readonly pcpHigh: number;
  /** The inequalities that it breaks on purpose, word for word; its name and every scope with it say that it is a machine of its own. */
  readonly deviates?: readonly string[];
}

/** The real machine. pcp sizes are those of a small zone; a recorded trace brings its own. */
export const X86_64: Geometry = {
  name: "x86-64",
  costlyOrder: 3,
  pageblockOrder: 9,
  maxOrder: 10,
  flushCeilingPages: 33,
  pcpBatch: 63,
  pcpHigh: 378,
};

/** The smallest world that is faithful: 8 pages, two pageblocks, one block above pageblock order. */
export const SMALL: Geometry = {
  name: "small",
  costlyOrder: 0,
  pageblockOrder: 2,
  maxOrder: 3,
  flushCeilingPages: 3,
  pcpBatch: 1,
  pcpHigh: 2,
};

/** Between the two: a few hundred pages, per-CPU lists that batch, partial and full flushes both frequent. */
export const MEDIUM: Geometry = {
  name: "medium",
  costlyOrder: 1,
  pageblockOrder: 4,
  maxOrder: 5,
  flushCeilingPages: 9,
  pcpBatch: 4,
  pcpHigh: 12,
};

/**
 * A machine of its own: a pageblock is flipped with as many INVLPGs as it has pages, in the loaded PCID, and `invalidate_other` has
 * to take care of the rest. So it is wherever the unit of unmapping is at most the ceiling, as where single 4K leaves are unmapped.
 */
export const FOUR_K_LEAF: Geometry = {
  ...SMALL,
  name: "4k-leaf",
  flushCeilingPages: 4,
  deviates: ["flushCeilingPages < 2^pageblockOrder"],
};

export const GEOMETRIES: readonly Geometry[] = [SMALL, MEDIUM, X86_64, FOUR_K_LEAF];

/**
 * Refuses a geometry whose branches differ in sign from the real machine's elsewhere than where it says so.
 *
 * - **Errors**: `InputError` BAD-GEOMETRY, naming the inequality.
 */
export function checkGeometry(geometry: Geometry): Geometry {
  const declared = geometry.deviates ?? [];
  for (const { text, holds } of inequalities(geometry)) {
    if (holds !== declared.includes(text)) continue;
    const what = holds ? `keeps "${text}", which it says it breaks` : `breaks "${text}", which holds on x86-64`;
    throw new InputError(
      "BAD-GEOMETRY",
      `geometry ${geometry.name} ${what}: it is a different machine`,
      `use one of ${GEOMETRIES.map((known) => known.name).join(", ")}`,
    );
  }
  return geometry;
}

function inequalities(g: Geometry): readonly { text: string; holds: boolean }[] {
  return [
    { text: "0 <= costlyOrder", holds: g.costlyOrder >= 0 },
    { text: "costlyOrder < pageblockOrder - 1", holds: g.costlyOrder < g.pageblockOrder - 1 },
    { text: "pageblockOrder < maxOrder", holds: g.pageblockOrder < g.maxOrder },
    { text: "flushCeilingPages < 2^pageblockOrder", holds: g.flushCeilingPages < 2 ** g.pageblockOrder },
    { text: "0 < flushCeilingPages", holds: g.flushCeilingPages > 0 },
    { text: "pcpBatch < 2^pageblockOrder", holds: g.pcpBatch < 2 ** g.pageblockOrder },
    { text: "0 < pcpBatch <= pcpHigh", holds: g.pcpBatch > 0 && g.pcpBatch <= g.pcpHigh },
  ];
}
