import { describe, expect, it } from "vitest";
import { exitOfClaim, exitOfKind, worstExit } from "../../harness/exit.ts";
import { deviations, type ExitPolicy, exitOfOutcome } from "../../harness/expectation.ts";
import type { VerifyOutcome } from "../../harness/outcome.ts";
import type { DesignResult, ExitCode, VerdictWord } from "../../model/verdict.ts";

const ORDER: readonly ExitCode[] = [255, 130, 2, 21, 12, 14, 11, 13, 10, 20, 22, 0];

describe("exit codes", () => {
  it("keep their precedence for every pair", () => {
    for (const [i, above] of ORDER.entries()) {
      for (const below of ORDER.slice(i)) expect(worstExit([below, above])).toBe(above);
    }
    expect(worstExit([])).toBe(0);
  });

  it("follow from the kind of claim: 12 safety and structure, 11 deadlock, 13 liveness, 14 refinement", () => {
    const kinds = ["safety", "structure", "deadlock", "liveness", "refinement"] as const;
    expect(kinds.map(exitOfKind)).toEqual([12, 12, 11, 13, 14]);
  });

  it("follow from the id for claims that only the specification has", () => {
    expect(["S21", "REFINE-translation", "L4", "DEADLOCK"].map(exitOfClaim)).toEqual([12, 14, 13, 11]);
  });
});

describe("suite and judge mode", () => {
  const breaks = (design: string) => new Set(design === "canary" ? ["S1"] : []);
  const SUITE: ExitPolicy = { suite: true, gated: true, requireComplete: false, breaks };
  const JUDGE: ExitPolicy = { ...SUITE, suite: false };

  function result(id: string, verdicts: Readonly<Record<string, VerdictWord>>): DesignResult {
    const claims = Object.entries(verdicts).map(([claim, verdict]) => {
      const evidence = [{ engine: "search", scope: "", verdict, completeness: "", states: 9 }] as const;
      return { id: claim, verdict, completeness: "", evidence };
    });
    return { id, verdict: "unknown", expected: "holds", assuming: [], claims };
  }

  function outcome(results: readonly DesignResult[], gate: readonly string[] = []): VerifyOutcome {
    return { results, counterexamples: [], notes: [], gate, interrupted: false };
  }

  it("a canary that is caught: 0 in the suite, the claim's code when judged", () => {
    const caught = outcome([result("canary", { S1: "violated", L4: "holds" })]);
    expect([exitOfOutcome(caught, SUITE), exitOfOutcome(caught, JUDGE)]).toEqual([0, 12]);
  });

  it("a canary that survives, or about which a limit leaves doubt: 20", () => {
    for (const verdict of ["holds", "unknown"] as const) {
      expect(exitOfOutcome(outcome([result("canary", { S1: verdict })]), SUITE)).toBe(20);
    }
  });

  it("a violation nobody declared: its own code in both modes", () => {
    const broken = outcome([result("async-free", { S1: "holds", L4: "violated" })]);
    expect([exitOfOutcome(broken, SUITE), exitOfOutcome(broken, JUDGE)]).toEqual([13, 13]);
    expect(deviations(broken.results[0] as DesignResult, new Set())).toEqual(["L4"]);
  });

  it("unknown where holds is expected: 0, and 22 when completeness is required", () => {
    const open = outcome([result("async-free", { S1: "unknown" })]);
    expect(exitOfOutcome(open, SUITE)).toBe(0);
    expect(exitOfOutcome(open, { ...SUITE, requireComplete: true })).toBe(22);
  });

  it("vacuity and coverage: 20 where they decide, nothing where they are only printed", () => {
    const vacuous = outcome([result("async-free", { S1: "holds" })], ["S1 is vacuous"]);
    expect(exitOfOutcome(vacuous, SUITE)).toBe(20);
    expect(exitOfOutcome(vacuous, { ...SUITE, gated: false })).toBe(0);
  });

  it("a run that did no work: 20", () => {
    const idle = {
      ...result("async-free", {}),
      claims: [{ id: "S1", verdict: "n/a" as const, completeness: "", evidence: [] }],
    };
    expect(exitOfOutcome(outcome([idle]), JUDGE)).toBe(20);
    expect(exitOfOutcome(outcome([]), JUDGE)).toBe(20);
  });
});
