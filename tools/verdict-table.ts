import type { VerifyOutcome } from "../index.ts";

/** The smallest counterexample of a design: which claim, timeline lines, micro-steps, and the CPUs that act in it. */
export interface Smallest {
  readonly claim: string;
  readonly events: number;
  readonly steps: number;
  readonly cpus: number;
}

/** Designs and their claims' verdicts, with the smallest counterexample of what is violated: what tables are made of. */
export interface VerdictTable {
  readonly designs: readonly {
    readonly id: string;
    readonly claims: Readonly<Record<string, string>>;
    readonly smallest?: Smallest;
  }[];
}

export function verdictTable(outcome: VerifyOutcome): VerdictTable {
  return {
    designs: outcome.results.map((result) => {
      const smallest = smallestOf(outcome, result.id);
      return {
        id: result.id,
        claims: Object.fromEntries(result.claims.map((claim) => [claim.id, claim.verdict])),
        ...(smallest === undefined ? {} : { smallest }),
      };
    }),
  };
}

function smallestOf({ counterexamples }: VerifyOutcome, id: string): Smallest | undefined {
  const found = counterexamples.filter(({ design }) => design === id);
  const [first] = found.sort((a, b) => a.events - b.events || a.steps.length - b.steps.length);
  if (first === undefined) return undefined;
  const cpus = new Set(first.steps.map(({ action }) => action.cpu)).size;
  return { claim: first.claim, events: first.events, steps: first.steps.length, cpus };
}
