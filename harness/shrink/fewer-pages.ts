import { GEOMETRIES, type Geometry } from "../../model/geometry.ts";
import type { Draft } from "./draft.ts";
import type { ScopeChange } from "./smaller-scope.ts";

/**
 * Less memory, the least first: one, two, four … pageblocks, in a geometry with no larger blocks. A geometry that is a machine of
 * its own stays what it is; pages that the run names are taken round.
 */
export function* fewerPages({ scope, actions }: Draft): Generator<ScopeChange> {
  for (const geometry of geometriesUpTo(scope.geometry)) {
    const block = 1 << geometry.pageblockOrder;
    for (let pages = block; pages <= scope.pages; pages *= 2) {
      if (pages === scope.pages && geometry === scope.geometry) continue;
      yield {
        scope: { ...scope, pages, geometry },
        actions: actions.map((action) => (action.pfn === undefined ? action : { ...action, pfn: action.pfn % pages })),
      };
    }
  }
}

function geometriesUpTo(geometry: Geometry): Geometry[] {
  if (geometry.deviates !== undefined) return [geometry];
  return GEOMETRIES.filter(
    ({ deviates, maxOrder, name }) =>
      deviates === undefined && (maxOrder < geometry.maxOrder || name === geometry.name),
  ).sort((a, b) => a.maxOrder - b.maxOrder);
}
