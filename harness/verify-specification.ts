import { type ProductLevelProgress, type ProductSearchOptions, searchProduct } from "../checker/product-search.ts";
import {
  printSpecificationScope,
  type Specification,
  type SpecificationSize,
  specification,
} from "../machines/specification.ts";
import type { ClaimResult, DesignResult, Evidence, VerdictWord } from "../model/verdict.ts";
import type { RunControl, VerifyOutcome } from "./outcome.ts";
import { worst } from "./outcome.ts";
import { stopReason } from "./stop-reason.ts";
import { translationRefinementResult } from "./verify-translations.ts";

/** States of the specification product that a search may store unless told otherwise; 8 to 30 bytes each. */
export const DEFAULT_MAX_SPEC_STATES = 50_000_000;

/** A search of so few states takes less than a second: nobody need be asked whether to go on, or told how far it is. */
const FEW_STATES = 200_000;

export interface VerifySpecificationOptions extends RunControl {
  readonly size: SpecificationSize;
  readonly maxStates?: number;
}

/**
 * Explores the specification itself: the synchronous product of the charts, every claim and every reachability claim.
 *
 * - **Errors**: `InputError` SCOPE-LIMIT; a limit on states is `unknown`.
 */
export function verifySpecification(options: VerifySpecificationOptions): VerifyOutcome {
  const spec = specification(options.size);
  let interrupted = false;
  const maxStates = options.maxStates ?? DEFAULT_MAX_SPEC_STATES;
  const onLevel = (level: ProductLevelProgress): boolean => {
    options.onProgress?.(`specification: ${level.states} states, level ${level.depth}, ${level.frontier} waiting`);
    interrupted = options.shouldStop?.() ?? false;
    return !interrupted;
  };
  const result = searchProduct(spec, { maxStates, onLevel });
  const reached = interrupted ? undefined : reachedOf(spec, { maxStates, onLevel });
  const scope = printSpecificationScope(spec.scope);
  const claims = spec.claims.map((claim, i): ClaimResult => {
    const violated = result.violations[i];
    const verdict: VerdictWord = violated !== undefined ? "violated" : result.complete ? "holds" : "unknown";
    const completeness = result.complete
      ? `EXHAUSTIVE within scope ${scope}`
      : `BOUNDED (${result.states} states of scope ${scope}; ${stopReason(result.stoppedBy)})`;
    const reach = spec.reach.find(({ id }) => id === `REACH-${claim.id}`);
    const evidence = {
      engine: "spec" as const,
      scope,
      verdict,
      completeness: violated === undefined ? completeness : `counterexample: ${violated.vectors.join(", ")}`,
      states: result.states,
      transitions: result.transitions,
      depth: violated?.vectors.length ?? result.levels,
      ...(reached === undefined ? {} : { reached: reach === undefined || reached.has(reach.id) }),
    };
    return { id: claim.id, verdict, completeness: evidence.completeness, evidence: [evidence] };
  });
  return outcomeOf([...claims, translationRefinementResult()], result.neverEnabled, interrupted);
}

/**
 * Explores the specification at several sizes, each with the extensions it asks for, and joins what they say of each claim.
 *
 * Vacuity is judged over all of them: a danger that one size has not, another has.
 */
export function verifySpecifications(
  options: RunControl & { readonly sizes: readonly SpecificationSize[] },
): VerifyOutcome {
  const outcomes = options.sizes.map((size) => verifySpecification({ ...options, size }));
  const all = outcomes.flatMap(({ results }) => results.flatMap(({ claims }) => claims));
  const claims = [...new Set(all.map(({ id }) => id))].map((id): ClaimResult => {
    const parts = all.filter((claim) => claim.id === id);
    const evidence = parts.flatMap((part) => part.evidence);
    const verdict = worst(parts.map((part) => part.verdict));
    const telling = parts.filter((part) => part.verdict === verdict).map((part) => part.completeness);
    return { id, verdict, completeness: [...new Set(telling)].join(" · "), evidence: witnessed(distinct(evidence)) };
  });
  const never = outcomes.flatMap(({ notes }) => notes.filter((note) => note.startsWith("never enabled")));
  return outcomeOf(
    claims,
    [],
    outcomes.some(({ interrupted }) => interrupted),
    never,
  );
}

/** What does not depend on the size is found once. */
function distinct(evidence: readonly Evidence[]): Evidence[] {
  return [...new Map(evidence.map((one) => [`${one.scope} ${one.states}`, one])).values()];
}

/** A claim whose danger occurred at some size is vacuous at none. */
function witnessed(evidence: readonly Evidence[]): Evidence[] {
  if (!evidence.some(({ reached }) => reached === true)) return [...evidence];
  return evidence.map((one) => (one.reached === false ? { ...one, reached: true } : one));
}

/**
 * The reachability claims that come true. They come true early: a search of its own ends with the last of them, while one
 * together with the claims would look at every state for what it found long ago.
 */
function reachedOf(spec: Specification, options: ProductSearchOptions): ReadonlySet<string> {
  const stopWhen = spec.reach.map(({ id }) => id);
  const onLevel = (level: ProductLevelProgress): boolean =>
    level.states < FEW_STATES || (options.onLevel?.(level) ?? true);
  const { violations } = searchProduct({ ...spec, claims: spec.reach }, { ...options, onLevel, stopWhen });
  return new Set(violations.flatMap((found) => (found === undefined ? [] : [found.claim])));
}

function outcomeOf(
  claims: readonly ClaimResult[],
  neverEnabled: readonly string[],
  interrupted: boolean,
  others: readonly string[] = [],
): VerifyOutcome {
  const vacuous = claims
    .filter((claim) => claim.evidence.some((found) => found.reached === false))
    .map((claim) => claim.id);
  const notes = [
    ...vacuous.map((id) => `vacuous here: REACH-${id} did not occur`),
    ...neverEnabled.map((vector) => `never enabled: ${vector}`),
    ...others,
  ];
  const design: DesignResult = {
    id: "specification",
    verdict: worst(claims.map((claim) => claim.verdict)),
    expected: "holds",
    assuming: [],
    claims,
  };
  return { results: [design], counterexamples: [], notes, gate: [], interrupted };
}
