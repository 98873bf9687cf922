import type { VerifyOutcome } from "../index.ts";

/** Designs and their claims' verdicts, without counts: what the README's table is made of. */
export interface VerdictTable {
  readonly designs: readonly { readonly id: string; readonly claims: Readonly<Record<string, string>> }[];
}

export function verdictTable(outcome: VerifyOutcome): VerdictTable {
  return {
    designs: outcome.results.map((result) => ({
      id: result.id,
      claims: Object.fromEntries(result.claims.map((claim) => [claim.id, claim.verdict])),
    })),
  };
}
