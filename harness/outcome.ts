import { ASSUMPTIONS } from "../model/assumptions.ts";
import type { Claim } from "../model/claim.ts";
import type { Counterexample } from "../model/counterexample.ts";
import type { Design } from "../model/design.ts";
import type { ClaimResult, DesignResult, Evidence, VerdictWord } from "../model/verdict.ts";
import { CLAIMS } from "../properties/claims.ts";
import type { Chapter } from "./state-digests.ts";

/** What a run is allowed to take and whom it tells. Counts, never clocks; `shouldStop` is the interrupt and the guard. */
export interface RunControl {
  readonly onProgress?: (text: string) => void;
  readonly shouldStop?: () => boolean;
  /** Digest the states that the run comes to, for a second run to be held against. */
  readonly digests?: boolean;
}

/** What one engine found out about one design: evidence per claim, counterexamples, and which steps ever ran. */
export interface EngineReport {
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly counterexamples: ReadonlyMap<string, Counterexample>;
  /** `program/label` of every step that ran. */
  readonly executed: readonly string[];
  /** Something cut the run short that is not a limit of the plan: an interrupt or the wall-clock guard. */
  readonly interrupted: boolean;
  /** Digests of the states it came to, where they were asked for. */
  readonly chapters?: readonly Chapter[];
}

/** What a checking verb answers, before anything is printed or written. */
export interface VerifyOutcome {
  readonly results: readonly DesignResult[];
  readonly counterexamples: readonly Counterexample[];
  /** Sentences for the reader, in order: vacuous claims, steps that never ran, limits reached. */
  readonly notes: readonly string[];
  /** Vacuity, coverage, or an expectation that was not met. */
  readonly gate: readonly string[];
  /** Where a second run gave another answer than the first: exit 21. Absent when nothing was run twice. */
  readonly nondeterminism?: readonly string[];
  readonly interrupted: boolean;
}

/**
 * Joins what several engines found of one design into one result per claim. A claim that no engine judged is not applicable,
 * unless the run was stopped before a world came up in which it might have been.
 */
export function joinReports(design: Design, reports: readonly EngineReport[], stopped = false): DesignResult {
  const cut = stopped || reports.some((report) => report.interrupted);
  const claims = CLAIMS.map((claim) => joinClaim(design, claim, reports, cut));
  return {
    id: design.id,
    verdict: worst(claims.map((claim) => claim.verdict)),
    expected: design.breaks.length > 0 ? "violated" : "holds",
    assuming: design.protectedMap === "none" ? [] : ASSUMPTIONS.map((assumption) => assumption.id),
    claims,
  };
}

/** One word for several: violated before unknown before holds; all n/a is n/a. */
export function worst(verdicts: readonly VerdictWord[]): VerdictWord {
  for (const word of ["violated", "unknown", "holds"] as const) if (verdicts.includes(word)) return word;
  return "n/a";
}

/** Why a claim that a design does not exclude was still not judged. */
export const NOT_JUDGED = "not judged in the worlds that were run";

function joinClaim(design: Design, claim: Claim, reports: readonly EngineReport[], cut: boolean): ClaimResult {
  const reason = design.notApplicable[claim.id];
  if (reason !== undefined) return { id: claim.id, verdict: "n/a", completeness: "not checked", reason, evidence: [] };
  const evidence = reports.map((report) => report.evidence.get(claim.id)).filter((found) => found !== undefined);
  if (evidence.length === 0 && !(cut && design.promises.includes(claim.id))) {
    return { id: claim.id, verdict: "n/a", completeness: "not checked", reason: NOT_JUDGED, evidence: [] };
  }
  const verdict = evidence.length === 0 ? "unknown" : worst(evidence.map((found) => found.verdict));
  const telling = verdict === "violated" ? evidence.filter((found) => found.verdict === "violated") : evidence;
  const completeness = telling.map((found) => found.completeness).join(" · ");
  return { id: claim.id, verdict, completeness: completeness === "" ? "not checked" : completeness, evidence };
}
