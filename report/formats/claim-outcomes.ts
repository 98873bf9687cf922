import type { ExitPolicy } from "../../harness/expectation.ts";
import type { VerifyOutcome } from "../../harness/outcome.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import type { ClaimResult, DesignResult } from "../../model/verdict.ts";
import { CLAIMS } from "../../properties/claims.ts";

/** What the report formats of other tools are made of. */
export interface FormatInput {
  readonly outcome: VerifyOutcome;
  readonly policy: ExitPolicy;
  /** Counterexamples with the file that each was written to, if it was. */
  readonly written: readonly WrittenRun[];
  readonly verb: string;
  /** Version of asilab. */
  readonly version: string;
  /** The sentence that says what to believe, with the exit code. */
  readonly last: string;
  /** A design that is only there to be compared with: nothing of it fails. */
  readonly beside?: string | undefined;
}

export interface WrittenRun {
  readonly run: Counterexample;
  /** Absent when it could not be written. */
  readonly file?: string;
}

/**
 * A verdict as a test result, the only thing that other tools know.
 *
 * - `pass`: it holds; or, in suite mode, a break that the design declares was found.
 * - `fail`: it is violated; or, in suite mode, a declared break was not found.
 * - `skip`: nobody decided it: not applicable, or unknown where nothing demands an answer.
 */
export interface ClaimOutcome {
  readonly id: string;
  readonly result: "pass" | "fail" | "skip";
  /** One sentence: what is behind the result. */
  readonly why: string;
  readonly statement: string;
  readonly claim: ClaimResult;
  readonly found?: WrittenRun;
}

export interface DesignOutcome {
  readonly id: string;
  readonly claims: readonly ClaimOutcome[];
}

/** Every design's claims as test results, in report order. */
export function claimOutcomes(input: FormatInput): readonly DesignOutcome[] {
  return input.outcome.results.map((result) => ({
    id: result.id,
    claims: result.claims.map((claim) => claimOutcome(result, claim, input)),
  }));
}

/** What is wrong beside the verdicts: vacuity, coverage, expectations that were not met. Empty where they do not decide. */
export function gateOutcome({ outcome, policy }: FormatInput): readonly string[] {
  return policy.gated ? outcome.gate : [];
}

function claimOutcome(result: DesignResult, claim: ClaimResult, input: FormatInput): ClaimOutcome {
  const found = input.written.find(({ run }) => run.design === result.id && run.claim === claim.id);
  return {
    id: claim.id,
    ...(result.id === input.beside ? compared(claim) : judged(result, claim, input)),
    statement: CLAIMS.find(({ id }) => id === claim.id)?.statement ?? "",
    claim,
    ...(found === undefined ? {} : { found }),
  };
}

function judged(
  result: DesignResult,
  claim: ClaimResult,
  { policy }: FormatInput,
): Pick<ClaimOutcome, "result" | "why"> {
  const declared = policy.breaks(result.id).has(claim.id);
  const { verdict, completeness, reason } = claim;
  if (verdict === "violated") {
    if (declared && policy.suite) return { result: "pass", why: "violated, as declared" };
    return { result: "fail", why: declared ? "violated, as the design declares" : "violated" };
  }
  if (declared && policy.suite)
    return { result: "fail", why: `${verdict}, but the design declares that it is violated` };
  if (verdict === "holds") return { result: "pass", why: completeness };
  if (verdict === "n/a") return { result: "skip", why: `n/a: ${reason ?? "not judged"}` };
  return { result: policy.requireComplete && !declared ? "fail" : "skip", why: `unknown: ${completeness}` };
}

function compared({ verdict }: ClaimResult): Pick<ClaimOutcome, "result" | "why"> {
  return { result: verdict === "holds" ? "pass" : "skip", why: `${verdict}; here to be compared with` };
}
