import type { Extension, Rider } from "../extension.ts";
import { physmapMissing } from "../physmap.machine.ts";
import { needs } from "../precondition.ts";
import { range, type Scope } from "../product.ts";
import { kernel, must, plus, reaches } from "../vector-parts.ts";

/**
 * The size of the leaves under a 2M region: split and merged again, with every CPU's TLB and paging-structure cache.
 *
 * The region is in the part of the tables that all contexts share. What a CPU holds of it goes with an invalidation of
 * everything, by whomever; a CPU that is idle or lazy is asked like any other.
 */
export const physmapExtension: Extension = {
  asked: ({ physmap }) => physmap,
  riders: { invalidateAll: invalidating(0), ack: invalidating(1) },
  vectors: (scope) => {
    const all = (chart: "large" | "structure", event: string) =>
      range(scope.cpus).map((cpu) => reaches(chart, event, cpu));
    return [
      kernel("clearLeaf", [], [must("physmap", "clearLeaf"), ...all("large", "clear")]),
      kernel("setTable", [], [must("physmap", "setTable"), ...confirmed(scope, "large"), ...all("structure", "set")]),
      kernel("clearTable", [], [must("physmap", "clearTable"), ...all("structure", "clear")]),
      kernel("freeTable", [], [must("physmap", "freeTable"), ...confirmed(scope, "structure")]),
      kernel("setLeaf", [], [must("physmap", "setLeaf"), ...all("large", "set")]),
    ];
  },
  preconditions: () => [
    needs("clearLeaf", "physmap", ["leaf"], "only a region that one leaf maps"),
    needs("setTable", "physmap", ["splitting"], "clear, flush, set"),
    needs("setTable", "large", ["absent"], "every CPU takes part, and one that may hold the leaf refuses"),
    needs("clearTable", "physmap", ["table"], "only a region that has one"),
    needs("freeTable", "physmap", ["merging"], "unhooked first"),
    needs("freeTable", "structure", ["absent"], "every CPU takes part, and one that may walk the table refuses"),
    needs("setLeaf", "physmap", ["bare"], "clear, flush, set"),
  ],
  missing: () => physmapMissing,
  claims: () => [
    {
      id: "S24",
      statement: "The frame of a page table is never free while a CPU may walk through it.",
      patterns: [{ physmap: ["bare", "leaf", "splitting"], structure: USABLE }],
    },
    {
      id: "S25",
      statement: "No CPU ever holds leaves of two sizes for one address.",
      patterns: [{ large: USABLE, structure: USABLE }],
    },
  ],
  reaches: () => [
    {
      id: "S24",
      statement: "A table is unhooked, and a CPU may still walk through it.",
      patterns: [{ physmap: ["merging"], structure: ["stale"] }],
    },
    {
      id: "S25",
      statement: "The 2M leaf is clear, and a CPU still holds it.",
      patterns: [{ physmap: ["splitting"], large: ["stale"] }],
    },
  ],
};

const USABLE = ["cached", "stale"];

function confirmed(scope: Scope, chart: "large" | "structure") {
  return range(scope.cpus).map((cpu) => must(chart, "confirm", cpu));
}

/** The CPU that invalidates is the vector's argument at `position`. */
function invalidating(position: number): Rider {
  return (_, text) => {
    const cpu = text.args[position];
    return [plus(text, [reaches("large", "invalidate", cpu), reaches("structure", "invalidate", cpu)])];
  };
}
