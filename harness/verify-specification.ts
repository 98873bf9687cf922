import { searchProduct } from "../checker/product-search.ts";
import { type SpecificationSize, specification } from "../machines/specification.ts";
import type { ClaimResult, DesignResult, VerdictWord } from "../model/verdict.ts";
import type { RunControl, VerifyOutcome } from "./outcome.ts";
import { worst } from "./outcome.ts";
import { stopReason } from "./stop-reason.ts";
import { translationRefinementResult } from "./verify-translations.ts";

/** States of the specification product that a search may store unless told otherwise; 8 to 30 bytes each. */
export const DEFAULT_MAX_SPEC_STATES = 50_000_000;

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
  const ids = spec.claims.map((claim) => claim.id);
  let interrupted = false;
  const result = searchProduct(
    { ...spec, claims: [...spec.claims, ...spec.reach] },
    {
      maxStates: options.maxStates ?? DEFAULT_MAX_SPEC_STATES,
      onLevel: (level) => {
        options.onProgress?.(`specification: ${level.states} states, level ${level.depth}, ${level.frontier} waiting`);
        interrupted = options.shouldStop?.() ?? false;
        return !interrupted;
      },
    },
  );
  const scope = `cpus=${options.size.cpus},pages=${options.size.pages}`;
  const reached = new Map(spec.reach.map((reach, i) => [reach.id, result.violations[ids.length + i] !== undefined]));
  const claims = spec.claims.map((claim, i): ClaimResult => {
    const violated = result.violations[i];
    const verdict: VerdictWord = violated !== undefined ? "violated" : result.complete ? "holds" : "unknown";
    const completeness = result.complete
      ? `EXHAUSTIVE within scope ${scope}`
      : `BOUNDED (${result.states} states of scope ${scope}; ${stopReason(result.stoppedBy)})`;
    const evidence = {
      engine: "spec" as const,
      scope,
      verdict,
      completeness: violated === undefined ? completeness : `counterexample: ${violated.vectors.join(", ")}`,
      states: result.states,
      transitions: result.transitions,
      depth: violated?.vectors.length ?? result.levels,
      reached: reached.get(`REACH-${claim.id}`) ?? true,
    };
    return { id: claim.id, verdict, completeness: evidence.completeness, evidence: [evidence] };
  });
  return outcomeOf([...claims, translationRefinementResult()], result.neverEnabled, interrupted);
}

function outcomeOf(
  claims: readonly ClaimResult[],
  neverEnabled: readonly string[],
  interrupted: boolean,
): VerifyOutcome {
  const vacuous = claims
    .filter((claim) => claim.evidence.some((found) => found.reached === false))
    .map((claim) => claim.id);
  const notes = [
    ...vacuous.map((id) => `vacuous here: REACH-${id} did not occur`),
    ...neverEnabled.map((vector) => `never enabled: ${vector}`),
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
