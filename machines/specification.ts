import { InputError } from "../model/failure.ts";
import { CHARTS, type Charts } from "./charts.ts";
import type { TransitionPolicy } from "./missing-edge.ts";
import { compose, locator, type Product, type Scope } from "./product.ts";
import { claimsOf, type ProductClaim, reachesOf } from "./product-claims.ts";
import { vectorsOf } from "./vectors.ts";

/** A product with what is claimed of it, and with the situations that must occur lest the claims be empty. */
export interface Specification extends Product {
  readonly scope: Scope;
  readonly claims: readonly ProductClaim[];
  readonly reach: readonly ProductClaim[];
}

/**
 * The specification at a given size, ready for an engine.
 *
 * - **Shapes, units**: 1..4 CPUs, 1..8 pages, 1..3 protected contexts (default 1); `policy` defaults to `flush`.
 * - **Cost**: linear in CPUs × contexts × pages; nothing is explored here.
 * - **Errors**: `InputError` SCOPE-LIMIT outside these limits.
 */
export function specification(size: SpecificationSize, charts: Charts = CHARTS): Specification {
  const scope: Scope = { contexts: 1, policy: "flush", ...size };
  for (const [key, most] of LIMITS) {
    const value = scope[key];
    if (Number.isInteger(value) && value >= 1 && value <= most) continue;
    throw new InputError("SCOPE-LIMIT", `${key}=${value}: the specification takes 1 to ${most}`, `${key}=${most}`);
  }
  const product = compose(charts, scope, vectorsOf(scope));
  const locate = locator(scope, product.instances);
  return { ...product, scope, claims: claimsOf(charts, scope, locate), reach: reachesOf(charts, scope, locate) };
}

export interface SpecificationSize {
  readonly cpus: number;
  readonly pages: number;
  readonly contexts?: number;
  readonly policy?: TransitionPolicy;
}

const LIMITS: readonly (readonly ["cpus" | "pages" | "contexts", number])[] = [
  ["cpus", 4],
  ["pages", 8],
  ["contexts", 3],
];
