import type { ChartName } from "./missing-edge.ts";

/**
 * What the kernel must have made true before it moves: a participant without the edge blocks the vector.
 *
 * The list is kept by hand and compared with the compiled charts in both directions (checks.ts). It is the second entry of
 * a double-entry book: an edge dropped by accident blocks a vector silently, and would make every claim easier to keep.
 */
export interface Precondition {
  readonly rule: string;
  readonly chart: ChartName;
  /** The only local states in which the participant lets the vector happen. */
  readonly only: readonly string[];
  readonly because: string;
}

export function needs(rule: string, chart: ChartName, only: readonly string[], because: string): Precondition {
  return { rule, chart, only, because };
}
