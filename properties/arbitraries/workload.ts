import fc from "fast-check";
import type { Geometry } from "../../model/geometry.ts";
import type { MenuEntry } from "../../model/machine.ts";

/** What the tasks of a run ask for. `sizes` are taken by name, so that they mean something in every geometry. */
export interface Workload {
  readonly sizes: readonly BlockSize[];
  /** Chances of a free for every two chances of an allocation of each size. */
  readonly frees: number;
}

/** One page; two; as many as a CPU keeps lists for; a pageblock; the largest block. */
export type BlockSize = "page" | "pair" | "costly" | "pageblock" | "largest";

/** Random workloads: single pages always, larger blocks often. Shrinks towards single pages only. */
export function workloads(): fc.Arbitrary<Workload> {
  return fc.record({
    sizes: fc.constantFrom<readonly BlockSize[]>(
      ["page"],
      ["page", "pair"],
      ["page", "costly"],
      ["page", "pageblock"],
      ["page", "pair", "largest"],
    ),
    frees: fc.constantFrom(2, 1, 4),
  });
}

/**
 * The menu of a workload in a geometry: each size for each kind of request, single pages first, no entry twice.
 *
 * - **Shapes, units**: `requests` is the number of kinds of request the world knows.
 */
export function menuFor(geometry: Geometry, workload: Workload, requests: number): MenuEntry[] {
  const orders = [...new Set(workload.sizes.map((size) => orderOf(size, geometry)))].sort((a, b) => a - b);
  return orders.flatMap((order) => Array.from({ length: requests }, (_, request) => ({ request, order })));
}

/** What a size comes to in a geometry. Units: log2 of pages. */
export function orderOf(size: BlockSize, geometry: Geometry): number {
  switch (size) {
    case "page":
      return 0;
    case "pair":
      return 1;
    case "costly":
      return geometry.costlyOrder;
    case "pageblock":
      return geometry.pageblockOrder;
    case "largest":
      return geometry.maxOrder;
  }
}
