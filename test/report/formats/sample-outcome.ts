import { declaredBreaks } from "../../../harness/expectation.ts";
import { NOT_JUDGED, worst } from "../../../harness/outcome.ts";
import { DESIGNS } from "../../../impl/designs/registry.ts";
import type { Counterexample } from "../../../model/counterexample.ts";
import type { ClaimResult, VerdictWord } from "../../../model/verdict.ts";
import type { FormatInput } from "../../../report/formats/claim-outcomes.ts";
import { AREAS, sampleRun } from "./sample-runs.ts";

interface Told {
  readonly suite?: boolean;
  readonly gate?: readonly string[];
  readonly requireComplete?: boolean;
}

function claimResult(id: string, verdict: VerdictWord): ClaimResult {
  const completeness = verdict === "n/a" ? "not checked" : `EXHAUSTIVE within scope #1, ${id}`;
  return { id, verdict, completeness, evidence: [], ...(verdict === "n/a" ? { reason: NOT_JUDGED } : {}) };
}

/**
 * What a report is made of, without the hours a suite takes: one design that holds, with a claim that nobody decided and one
 * that does not apply, and the canaries of the sample runs.
 */
export function sampleInput(runs: readonly Counterexample[] = AREAS.map(sampleRun), told: Told = {}): FormatInput {
  const holding = [
    claimResult("S1", "holds"),
    claimResult("S2", "unknown"),
    claimResult("S4", "n/a"),
    claimResult("L4", "holds"),
  ];
  const designs = [...new Set(runs.map((run) => run.design))];
  const results = [
    { id: "async-free", verdict: "unknown" as const, expected: "holds" as const, assuming: [], claims: holding },
    ...designs.map((id) => {
      const violated = runs.filter((run) => run.design === id).map((run) => claimResult(run.claim, "violated"));
      const claims = [...violated, claimResult("S17", "holds")];
      return {
        id,
        verdict: worst(claims.map(({ verdict }) => verdict)),
        expected: "violated" as const,
        assuming: [],
        claims,
      };
    }),
  ];
  const { suite = false, gate = [], requireComplete = false } = told;
  return {
    outcome: { results, counterexamples: runs, notes: [], gate, interrupted: false },
    policy: { suite, gated: suite, requireComplete, breaks: declaredBreaks(DESIGNS) },
    written: runs.map((run) => ({ run, file: `asilab-out/${run.design}-${run.claim}.itf.json` })),
    verb: "check",
    version: "0.1.0",
    last: "violated: 8 designs; exit 12 (safety)",
  };
}
