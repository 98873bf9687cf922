import { InputError } from "../model/failure.ts";
import { type Charts, chartsOf } from "./charts.ts";
import type { TransitionPolicy } from "./missing-edge.ts";
import { compose, locator, type Product, type Scope } from "./product.ts";
import { claimsOf, type ProductClaim, reachesOf } from "./product-claims.ts";
import { vectorsOf } from "./vectors.ts";

/** A product with what is claimed of it, and with the situations that must occur lest the claims be empty. */
export interface Specification extends Product {
  readonly scope: Scope;
  readonly charts: Charts;
  readonly claims: readonly ProductClaim[];
  readonly reach: readonly ProductClaim[];
}

/**
 * How large the specification is, and which extensions it has. What is left out is 1 or off: the plain specification.
 *
 * - **Shapes, units**: counts; `contexts` is an older word for `classes`.
 */
export interface SpecificationSize {
  readonly cpus: number;
  readonly pages: number;
  readonly contexts?: number;
  readonly policy?: TransitionPolicy;
  readonly mms?: number;
  readonly slots?: number;
  readonly classes?: number;
  readonly nmi?: boolean;
  readonly records?: boolean;
  readonly batch?: boolean;
  readonly physmap?: boolean;
  readonly pageblock?: boolean;
}

/**
 * The specification at a given size, ready for an engine.
 *
 * - **Shapes, units**: 1..4 CPUs, 1..8 pages, 1..3 each of mms, slots and classes; `policy` defaults to `flush`, and
 *   `records` asks for `generations`.
 * - **Cost**: linear in CPUs × contexts × pages; nothing is explored here.
 * - **Errors**: `InputError` SCOPE-LIMIT outside these limits.
 */
export function specification(size: SpecificationSize, charts: Charts = chartsOf(scopeOf(size))): Specification {
  const scope = scopeOf(size);
  const product = compose(charts, scope, vectorsOf(scope));
  const locate = locator(scope, product.instances);
  return {
    ...product,
    scope,
    charts,
    claims: claimsOf(charts, scope, locate),
    reach: reachesOf(charts, scope, locate),
  };
}

/**
 * A size with everything filled in.
 *
 * - **Errors**: `InputError` SCOPE-LIMIT.
 */
export function scopeOf(size: SpecificationSize): Scope {
  const classes = size.classes ?? size.contexts ?? 1;
  const slots = size.slots ?? 1;
  const scope: Scope = {
    cpus: size.cpus,
    pages: size.pages,
    contexts: slots * classes,
    policy: size.policy ?? (size.records === true ? "generations" : "flush"),
    mms: size.mms ?? 1,
    slots,
    classes,
    nmi: size.nmi ?? false,
    records: size.records ?? false,
    batch: size.batch ?? false,
    physmap: size.physmap ?? false,
    pageblock: size.pageblock ?? false,
  };
  for (const [key, most] of LIMITS) {
    const value = scope[key];
    if (Number.isInteger(value) && value >= 1 && value <= most) continue;
    throw new InputError("SCOPE-LIMIT", `${key}=${value}: the specification takes 1 to ${most}`, `${key}=${most}`);
  }
  if (scope.records && scope.policy === "flush") {
    throw new InputError("SCOPE-LIMIT", "records=1: transitions that flush keep no records", "policy=generations");
  }
  return scope;
}

/** The scope whole, in the form `--scope` accepts, without what is 1 or off. */
export function printSpecificationScope(scope: Scope): string {
  const counts = (["mms", "slots", "classes"] as const).filter((key) => scope[key] > 1);
  const flags = (["nmi", "records", "batch", "physmap", "pageblock"] as const).filter((key) => scope[key]);
  return [
    `cpus=${scope.cpus}`,
    ...counts.map((key) => `${key}=${scope[key]}`),
    `pages=${scope.pages}`,
    ...flags.map((key) => `${key}=1`),
    ...(scope.policy === "flush" ? [] : [`policy=${scope.policy}`]),
  ].join(",");
}

const LIMITS: readonly (readonly ["cpus" | "pages" | "mms" | "slots" | "classes", number])[] = [
  ["cpus", 4],
  ["pages", 8],
  ["mms", 3],
  ["slots", 3],
  ["classes", 3],
];
