/**
 * The words of a verdict. They are the whole vocabulary: a report that says anything else is wrong.
 *
 * - `holds`: everything planned was done and nothing was found.
 * - `violated`: a counterexample exists and replays.
 * - `unknown`: a limit cut the plan short; never rounded up to `holds`.
 * - `n/a`: the design declares, with a reason, that the claim does not apply to it.
 */
export type VerdictWord = "holds" | "violated" | "unknown" | "n/a";

/** What one engine did for one claim, in one scope. Counts are exact and the same for the same seed. */
export interface Evidence {
  readonly engine: "spec" | "search" | "fuzz" | "whole" | "trace" | "corpus";
  /** The scope, whole, in the form the command line accepts. */
  readonly scope: string;
  readonly verdict: VerdictWord;
  /** `EXHAUSTIVE within scope …`, `BOUNDED (what)`, `SAMPLED: no violation in N runs`, `SPEC ONLY`. */
  readonly completeness: string;
  readonly states?: number;
  readonly transitions?: number;
  readonly depth?: number;
  readonly runs?: number;
  readonly steps?: number;
  /** The claim's dangerous situation (REACH-<id>) occurred. False means that the claim was vacuous here. */
  readonly reached?: boolean;
}

export interface ClaimResult {
  readonly id: string;
  readonly verdict: VerdictWord;
  readonly completeness: string;
  /** For `n/a`: the design's reason. */
  readonly reason?: string;
  readonly evidence: readonly Evidence[];
  /** Path of the counterexample file, relative to the working directory, when one was written. */
  readonly counterexample?: string;
}

export interface DesignResult {
  readonly id: string;
  readonly verdict: VerdictWord;
  /** What the design declares: `holds`, or `violated` when its `breaks` is not empty. */
  readonly expected: VerdictWord;
  readonly assuming: readonly string[];
  readonly claims: readonly ClaimResult[];
}

/** Exit codes, in words. Precedence when several apply: see `worstExit` in harness/exit.ts. */
export const EXIT = {
  ok: 0,
  usage: 2,
  assumption: 10,
  deadlock: 11,
  safety: 12,
  liveness: 13,
  refinement: 14,
  expectation: 20,
  nondeterminism: 21,
  incomplete: 22,
  interrupted: 130,
  internal: 255,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
