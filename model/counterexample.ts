import type { NamedAction } from "./action.ts";
import type { Change } from "./diff.ts";

/** Version of the file format. A file of another version is refused. */
export const COUNTEREXAMPLE_SCHEMA = 1;

/** One micro-step of a recorded run: what was done, what it changed, what an observer saw afterwards. */
export interface RecordedStep {
  readonly action: NamedAction;
  readonly changes: readonly Change[];
  /** Digest of the observable columns after the step. */
  readonly digest: string;
  /** Hash of the whole state after the step; compared only when the layout digest is equal. */
  readonly hash: string;
}

/**
 * A run that violates a claim, in names that survive a rebuild.
 *
 * - **Units**: `events` counts timeline lines (a maximal run of one actor's steps is one, an IPI or hardware action is one);
 *   `steps` counts micro-steps. Set-up calls are in the scope and counted in neither.
 */
export interface Counterexample {
  readonly design: string;
  /** In the form `--scope` accepts. */
  readonly scope: string;
  /** Id of the claim that the last step violates. */
  readonly claim: string;
  readonly witness: string;
  readonly engine: string;
  readonly seed?: number;
  readonly layout: string;
  readonly initialDigest: string;
  readonly steps: readonly RecordedStep[];
  readonly events: number;
  /** "proven shortest in this scope" or "locally minimal". */
  readonly minimality: string;
}
