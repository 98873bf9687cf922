/**
 * The engine's other input: finite components given as tables, many instances of each, joined by synchronisation vectors.
 *
 * A vector is enabled when every participant can take its part; optional participants move if they can and stay if they
 * cannot (a broadcast). There are no guards over another instance's state, hence the product compiles to tables.
 *
 * - **Shapes, units**: `edges[event][state]` is the successor's index, or -1 where the component has no such edge.
 * - **Source**: Arnold and Nivat's synchronous products; the vectors of this project are listed in machines/product.ts.
 */
export interface ProductSystem {
  readonly components: readonly ComponentTable[];
  /** One entry per instance, for example `page[3]`; the order is the order of printing and of packing. */
  readonly instances: readonly Instance[];
  readonly vectors: readonly SyncVector[];
  readonly claims: readonly ProductClaim[];
}

export interface ComponentTable {
  readonly name: string;
  readonly states: readonly string[];
  readonly events: readonly string[];
  readonly initial: number;
  readonly edges: readonly Int8Array[];
}

export interface Instance {
  readonly component: number;
  readonly name: string;
}

/** Who moves: the kernel under trial, the hardware it runs on, or the attacker. */
export type VectorOwner = "kernel" | "hardware" | "attacker";

export interface SyncVector {
  readonly name: string;
  readonly owner: VectorOwner;
  readonly parts: readonly VectorPart[];
}

export interface VectorPart {
  readonly instance: number;
  readonly event: number;
  /** An optional participant never blocks the vector. */
  readonly optional: boolean;
}

/** A claim over a product state is a list of forbidden partial states: violated when some conjunction holds entirely. */
export interface ProductClaim {
  readonly id: string;
  readonly forbidden: readonly (readonly { readonly instance: number; readonly state: number }[])[];
}
