import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exitOfOutcome } from "../../../harness/expectation.ts";
import { CLAIMS } from "../../../properties/claims.ts";
import { claimOutcomes, type FormatInput, gateOutcome } from "../../../report/formats/claim-outcomes.ts";

const VERDICTS = ["holds", "violated", "unknown", "n/a"] as const;
const IDS = CLAIMS.map(({ id }) => id);

/** A report of one or two designs with any verdicts, any of them declared as broken, under any policy. */
function anyInput(): fc.Arbitrary<FormatInput> {
  const claim = fc.record({
    id: fc.constantFrom(...IDS),
    verdict: fc.constantFrom(...VERDICTS),
    declared: fc.boolean(),
  });
  const claims = fc.uniqueArray(claim, { selector: ({ id }) => id, minLength: 1, maxLength: 6 });
  const policy = fc.record({ suite: fc.boolean(), gated: fc.boolean(), requireComplete: fc.boolean() });
  return fc
    .tuple(fc.array(claims, { minLength: 1, maxLength: 2 }), policy, fc.boolean())
    .map(([designs, how, missed]) => {
      const evidence = { engine: "search", scope: "", verdict: "holds", completeness: "", states: 1 } as const;
      const results = designs.map((told, at) => ({
        id: `design-${at}`,
        verdict: "holds" as const,
        expected: "holds" as const,
        assuming: [],
        claims: told.map(({ id, verdict }) => ({ id, verdict, completeness: "", evidence: [evidence] })),
      }));
      const breaks = (id: string): ReadonlySet<string> =>
        new Set((designs[Number(id.slice(7))] ?? []).filter(({ declared }) => declared).map((told) => told.id));
      const outcome = { results, counterexamples: [], notes: [], gate: missed ? ["missed"] : [], interrupted: false };
      return { outcome, policy: { ...how, breaks }, written: [], verb: "check", version: "0", last: "" };
    });
}

describe("test results", () => {
  it("fail exactly where the exit code is not 0", () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        const results = claimOutcomes(input).flatMap(({ claims }) => claims.map(({ result }) => result));
        const fails = results.includes("fail") || gateOutcome(input).length > 0;
        expect(fails).toBe(exitOfOutcome(input.outcome, input.policy) !== 0);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("never fail for a design that is there to be compared with", () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        const [beside] = claimOutcomes({ ...input, beside: "design-0" });
        expect(beside?.claims.filter(({ result }) => result === "fail")).toEqual([]);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});
