import type { Counterexample } from "../model/counterexample.ts";
import type { Design } from "../model/design.ts";
import type { DesignResult } from "../model/verdict.ts";
import { CLAIMS } from "../properties/claims.ts";
import type { JudgedDesign } from "./check-design.ts";
import { coverageGaps, incomplete, type Ran, suiteGaps, survivors } from "./check-gates.ts";
import { type EngineReport, joinReports, type VerifyOutcome } from "./outcome.ts";

/** The pieces of a check, each of which may run anywhere: here one after another, or on workers side by side. */
export interface CheckTasks {
  readonly specification: () => Promise<VerifyOutcome>;
  readonly design: (design: Design) => Promise<JudgedDesign>;
}

export interface CheckPlan {
  readonly designs: readonly Design[];
  /** Suite mode also checks the specification and demands that every declared break is found. */
  readonly suite: boolean;
  readonly shouldStop?: () => boolean;
}

/**
 * The main job: for each design every engine within a budget, joined to one answer per claim.
 *
 * All pieces are asked for at once and taken in the order of the designs: how many run at a time is for `tasks` to say, and
 * makes no difference to the answer.
 *
 * - **Errors**: `InputError` from the engines' inputs. An interrupt returns what was done so far.
 */
export async function checkDesigns(plan: CheckPlan, tasks: CheckTasks): Promise<VerifyOutcome> {
  const results: DesignResult[] = [];
  const counterexamples: Counterexample[] = [];
  const notes: string[] = [];
  const gate: string[] = [];
  const nondeterminism: string[] = [];
  const ran: Ran[] = [];
  const stopped = (): boolean => plan.shouldStop?.() === true;
  const specification = plan.suite ? tasks.specification() : undefined;
  const judged = plan.designs.map((design) => ({ design, task: tasks.design(design) }));
  // The first failure is the answer; what the others then say is nobody's concern.
  for (const { task } of judged) task.catch(() => {});
  if (specification !== undefined) {
    const spec = await specification;
    results.push(...spec.results);
    gate.push(...spec.notes.map((note) => `specification: ${note}`));
  }
  for (const { design, task } of judged) {
    if (stopped()) break;
    const { reports, nondeterminism: differing, unmet } = await task;
    const result = joinReports(design, reports, stopped());
    results.push(result);
    ran.push({ design, result, reports });
    counterexamples.push(...bestCounterexamples(reports));
    nondeterminism.push(...differing);
    gate.push(...unmet.map((sentence) => `corpus: ${sentence}`));
    if (plan.suite) gate.push(...survivors(design, result));
    if (!stopped()) gate.push(...coverageGaps(design, result, reports));
    notes.push(...incomplete(design, result));
  }
  if (plan.suite && !stopped()) {
    const gaps = suiteGaps(ran);
    gate.push(...gaps.gate);
    notes.push(...gaps.notes);
  }
  return { results, counterexamples, notes, gate, nondeterminism, interrupted: stopped() };
}

/** One per claim: the search's, which is shortest, before a sampled one. */
function bestCounterexamples(reports: readonly EngineReport[]): Counterexample[] {
  const best = new Map<string, Counterexample>();
  for (const report of reports) {
    for (const [claim, counterexample] of report.counterexamples) if (!best.has(claim)) best.set(claim, counterexample);
  }
  return CLAIMS.map((claim) => best.get(claim.id)).filter((found) => found !== undefined);
}
