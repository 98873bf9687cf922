import type { TransitionSystem } from "../../checker/transition-system.ts";

export interface GraphEdge {
  readonly to: number;
  readonly violated?: number;
  readonly dead?: boolean;
}

export interface Graph {
  readonly labels?: readonly string[];
  /** The edges that leave each node; node 0 is the initial state, and an edge's place in its list is its action. */
  readonly edges: readonly (readonly GraphEdge[])[];
  /** Masks of labels that nodes violate as sources. */
  readonly faults?: Readonly<Record<number, number>>;
  readonly initialFault?: number;
}

/** A transition system drawn as a graph. */
export function graphSystem(graph: Graph): TransitionSystem {
  return {
    words: 1,
    labels: graph.labels ?? [],
    initial(out) {
      out[0] = 0;
      return graph.initialFault ?? 0;
    },
    expand(source, offset, next, visit) {
      const node = source[offset];
      for (const [action, { to, violated, dead }] of graph.edges[node].entries()) {
        next[0] = to;
        visit(action, violated ?? 0, dead ?? false);
      }
      return graph.faults?.[node] ?? 0;
    },
  };
}

/** `digits` wheels of `base` positions, each of which can advance; every wheel fills `stride` words with its position. */
export function wheels(digits: number, base: number, stride: number): TransitionSystem {
  const words = digits * stride;
  return {
    words,
    labels: [],
    initial(out) {
      out.fill(0);
      return 0;
    },
    expand(source, offset, next, visit) {
      for (let digit = 0; digit < digits; digit++) {
        next.set(source.subarray(offset, offset + words));
        const at = digit * stride;
        next.fill((next[at] + 1) % base, at, at + stride);
        visit(digit, 0, false);
      }
      return 0;
    },
  };
}
