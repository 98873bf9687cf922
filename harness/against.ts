import type { DesignResult, VerdictWord } from "../model/verdict.ts";

/** A claim on which two designs get different answers. */
export interface ChangedClaim {
  readonly claim: string;
  readonly verdict: VerdictWord;
  readonly other: VerdictWord;
  /** What the differing answers rest on: completeness, or the reason why the claim does not apply. */
  readonly because: string;
  readonly otherBecause: string;
  /** Files of the counterexamples, where there are some. */
  readonly counterexample?: string;
  readonly otherCounterexample?: string;
}

/** What changes when one design takes the place of another. */
export interface Against {
  readonly design: string;
  readonly other: string;
  readonly changed: readonly ChangedClaim[];
  /** Claims with one verdict for both, by that verdict. */
  readonly same: Readonly<Record<VerdictWord, readonly string[]>>;
}

/**
 * Claim by claim, what changes between two designs judged in the same run. Claims that get worse come first.
 */
export function against(result: DesignResult, other: DesignResult): Against {
  const same: Record<VerdictWord, string[]> = { violated: [], unknown: [], holds: [], "n/a": [] };
  const changed: ChangedClaim[] = [];
  for (const claim of result.claims) {
    const its = other.claims.find(({ id }) => id === claim.id);
    if (its === undefined) continue;
    if (its.verdict === claim.verdict) {
      same[claim.verdict].push(claim.id);
      continue;
    }
    changed.push({
      claim: claim.id,
      verdict: claim.verdict,
      other: its.verdict,
      because: claim.reason ?? claim.completeness,
      otherBecause: its.reason ?? its.completeness,
      ...(claim.counterexample === undefined ? {} : { counterexample: claim.counterexample }),
      ...(its.counterexample === undefined ? {} : { otherCounterexample: its.counterexample }),
    });
  }
  changed.sort((a, b) => gravityOf(a.verdict) - gravityOf(b.verdict));
  return { design: result.id, other: other.id, changed, same };
}

/** Sorting is stable: within one verdict the order of the report stays. */
function gravityOf(verdict: VerdictWord): number {
  return (["violated", "unknown", "holds", "n/a"] as const).indexOf(verdict);
}
