import type { Charts } from "./charts.ts";
import type { Pattern } from "./claim-patterns.ts";
import type { MissingEdge } from "./missing-edge.ts";
import type { Precondition } from "./precondition.ts";
import type { Scope, VectorText } from "./product.ts";

/**
 * A part of the machine that a scope may ask for: charts of its own, and what it adds to the moves of the others.
 *
 * - `riders` take a vector of the plain specification, by its rule, and give back what it becomes: the same with more
 *   participants, several in its place, or none. Extensions ride on one another's vectors in the order of `extensions.ts`.
 * - `claims` add patterns to a claim of the same id or are new; `reaches` replace the witness of the same id.
 */
export interface Extension {
  readonly asked: (scope: Scope) => boolean;
  readonly riders: Readonly<Record<string, Rider>>;
  readonly vectors: (scope: Scope) => readonly VectorText[];
  readonly preconditions: (scope: Scope, charts: Charts) => readonly Precondition[];
  readonly missing: (scope: Scope) => readonly MissingEdge[];
  readonly claims: (scope: Scope, charts: Charts) => readonly ClaimText[];
  readonly reaches: (scope: Scope, charts: Charts) => readonly ClaimText[];
}

export type Rider = (scope: Scope, text: VectorText) => readonly VectorText[];

/** A claim before its patterns are spread over the instances of a scope. */
export interface ClaimText {
  readonly id: string;
  readonly statement: string;
  readonly patterns: readonly Pattern[];
}
