import type { Design } from "../model/design.ts";
import { type DesignResult, EXIT, type ExitCode } from "../model/verdict.ts";
import { exitOfClaim, worstExit } from "./exit.ts";
import type { VerifyOutcome } from "./outcome.ts";

export interface ExitPolicy {
  /** Suite mode: a violation that the design declares is what was expected. Judge mode: the verdict's own code. */
  readonly suite: boolean;
  /** Whether vacuity and coverage decide; `check` only, the other verbs print them. */
  readonly gated: boolean;
  readonly requireComplete: boolean;
  /** Claims a design declares to break, by design id. */
  readonly breaks: (design: string) => ReadonlySet<string>;
}

/**
 * The exit code of a checking verb.
 *
 * - **Shapes, units**: one code by `worstExit`; an interrupt is the caller's to add, who knows whether it was a person.
 */
export function exitOfOutcome(outcome: VerifyOutcome, policy: ExitPolicy): ExitCode {
  const codes = outcome.results.flatMap((result) => codesOf(result, policy));
  if ((outcome.nondeterminism ?? []).length > 0) codes.push(EXIT.nondeterminism);
  if (policy.gated && outcome.gate.length > 0) codes.push(EXIT.expectation);
  if (!outcome.interrupted && !outcome.results.some(didWork)) codes.push(EXIT.expectation);
  return worstExit(codes);
}

/** The claims that designs declare to break. */
export function declaredBreaks(designs: readonly Design[]): (id: string) => ReadonlySet<string> {
  const known = new Map(designs.map(({ id, breaks }) => [id, new Set(breaks.map(({ claim }) => claim))]));
  return (id) => known.get(id) ?? new Set();
}

/** Claims whose verdict differs from what the design declares; unknown is a difference only where a break is declared. */
export function deviations(result: DesignResult, breaks: ReadonlySet<string>): readonly string[] {
  return result.claims
    .filter(({ id, verdict }) => (breaks.has(id) ? verdict !== "violated" : verdict === "violated"))
    .map(({ id }) => id);
}

function codesOf(result: DesignResult, policy: ExitPolicy): ExitCode[] {
  const breaks = policy.breaks(result.id);
  const codes: ExitCode[] = [];
  for (const { id, verdict } of result.claims) {
    const declared = breaks.has(id);
    if (verdict === "violated" && !(policy.suite && declared)) codes.push(exitOfClaim(id));
    if (verdict !== "violated" && policy.suite && declared) codes.push(EXIT.expectation);
    if (verdict === "unknown" && !declared && policy.requireComplete) codes.push(EXIT.incomplete);
  }
  return codes;
}

/** Some engine looked at something: a run of nothing proves nothing. */
function didWork(result: DesignResult): boolean {
  return result.claims.some((claim) =>
    claim.evidence.some(({ states = 0, runs = 0, steps = 0 }) => states > 0 || runs > 0 || steps > 0),
  );
}
