import type { Counterexample } from "../model/counterexample.ts";
import type { Design } from "../model/design.ts";
import type { Program } from "../model/program.ts";
import type { ClaimResult, DesignResult } from "../model/verdict.ts";
import { CLAIMS } from "../properties/claims.ts";
import type { Budget } from "./budget.ts";
import { type EngineReport, joinReports, type RunControl, type VerifyOutcome } from "./outcome.ts";
import { softwareFor } from "./scenario.ts";
import { parseScope } from "./scope.ts";
import { verifyDesign } from "./verify.ts";
import { verifySpecifications } from "./verify-specification.ts";

/** The engines beside exhaustive search; each answers for one design. */
export interface SamplingEngines {
  readonly fuzz: (design: Design, budget: Budget, control: RunControl) => EngineReport;
  readonly whole: (design: Design, budget: Budget, control: RunControl) => EngineReport;
  readonly trace: (design: Design, control: RunControl) => Promise<EngineReport>;
}

export interface CheckOptions extends RunControl {
  readonly designs: readonly Design[];
  /** Suite mode also checks the specification and demands that every declared break is found. */
  readonly suite: boolean;
  readonly budget: Budget;
  readonly engines: SamplingEngines;
}

/**
 * The main job: for each design every engine within a budget, joined to one answer per claim.
 *
 * - **Errors**: `InputError` from the engines' inputs. An interrupt returns what was done so far.
 */
export async function checkDesigns(options: CheckOptions): Promise<VerifyOutcome> {
  const results: DesignResult[] = [];
  const counterexamples: Counterexample[] = [];
  const notes: string[] = [];
  const gate: string[] = [];
  const ran: Ran[] = [];
  if (options.suite) {
    const spec = verifySpecifications({ ...options, sizes: options.budget.specifications });
    results.push(...spec.results);
    gate.push(...spec.notes.map((note) => `specification: ${note}`));
  }
  for (const design of options.designs) {
    if (options.shouldStop?.() === true) return { results, counterexamples, notes, gate, interrupted: true };
    const reports = await allEngines(design, options);
    const result = joinReports(design, reports, options.shouldStop?.() === true);
    results.push(result);
    ran.push({ design, result, reports });
    counterexamples.push(...bestCounterexamples(reports));
    if (options.suite) gate.push(...survivors(design, result));
    if (options.shouldStop?.() !== true) gate.push(...coverageGaps(design, result, reports));
    notes.push(...incomplete(design, result));
  }
  if (options.suite && options.shouldStop?.() !== true) {
    const gaps = suiteGaps(ran);
    gate.push(...gaps.gate);
    notes.push(...gaps.notes);
  }
  return { results, counterexamples, notes, gate, interrupted: options.shouldStop?.() ?? false };
}

async function allEngines(design: Design, options: CheckOptions): Promise<EngineReport[]> {
  const { budget } = options;
  const worlds = (design.worlds ?? []).map((text) => {
    options.onProgress?.(`${design.id}: ${text}`);
    // What a canary breaks beside what it is for does not matter: the search ends when that is found.
    const stopAt = design.breaks.map(({ claim }) => claim);
    return verifyDesign(design, { ...options, scope: parseScope(text), maxStates: budget.maxStates, stopAt });
  });
  if (design.canary && worlds.length > 0) return worlds.map(foundOnly);
  if (design.probe === true) return worlds;
  const scope = design.breaks.length > 0 ? budget.canaryScope : budget.designScope;
  const searched = verifyDesign(design, { ...options, scope, maxStates: budget.maxStates });
  options.onProgress?.(`${design.id}: fuzz`);
  const fuzzed = options.engines.fuzz(design, budget, options);
  const whole = [];
  // A canary has only to be caught: what a broken design does to the rest of the allocator is not the question.
  if (design.breaks.length === 0 && design.fastPathOnly === undefined) {
    options.onProgress?.(`${design.id}: the whole allocator`);
    whole.push(options.engines.whole(design, budget, options));
  }
  options.onProgress?.(`${design.id}: recorded trace`);
  return [searched, ...worlds, fuzzed, ...whole, await options.engines.trace(design, options)];
}

/** Of a search that ended when it had found what it was for, only what it found says something. */
function foundOnly(report: EngineReport): EngineReport {
  const found = [...report.evidence].filter(([, evidence]) => evidence.verdict !== "unknown");
  return { ...report, evidence: new Map(found) };
}

/** One per claim: the search's, which is shortest, before a sampled one. */
function bestCounterexamples(reports: readonly EngineReport[]): Counterexample[] {
  const best = new Map<string, Counterexample>();
  for (const report of reports) {
    for (const [claim, counterexample] of report.counterexamples) if (!best.has(claim)) best.set(claim, counterexample);
  }
  return CLAIMS.map((claim) => best.get(claim.id)).filter((found) => found !== undefined);
}

/** Declared breaks that nothing found. */
function survivors(design: Design, result: DesignResult): string[] {
  return design.breaks
    .filter(({ claim }) => result.claims.find((entry) => entry.id === claim)?.verdict !== "violated")
    .map(({ claim }) => `${design.id} survives: it declares that it breaks ${claim}, and no engine found it`);
}

/**
 * Of a design that promises: claims that no world gave a meaning, claims whose dangerous situation occurred in no engine, and
 * steps of its own that no engine ran. Each means that "holds" says less than it seems to. Not asked of a run that the clock or
 * an interrupt cut short: it says "unknown".
 *
 * A probe is asked only together with the others (`suiteGaps`): it is there for a few claims in a few worlds.
 */
function coverageGaps(design: Design, result: DesignResult, reports: readonly EngineReport[]): string[] {
  if (design.breaks.length > 0 || design.probe === true) return [];
  const unjudged = design.promises
    .filter((id) => design.notApplicable[id] === undefined)
    .filter((id) => result.claims.find((claim) => claim.id === id)?.evidence.length === 0)
    .map((id) => `${design.id}: ${id} is promised, and no engine ran a world in which it means anything`);
  const vacuous = result.claims
    .filter((claim) => claim.evidence.length > 0 && !isReached(claim))
    .map((claim) => `${design.id}: ${claim.id} is vacuous: REACH-${claim.id} occurred in no engine`);
  const parts = new Set(stepNames(design.asi?.programs ?? []));
  const executed = new Set(reports.flatMap((report) => report.executed));
  const idle = stepNames(softwareFor(design).programs)
    .filter((name) => !executed.has(name) && !parts.has(name))
    .map((name) => `${design.id}: no engine ever ran the step ${name}`);
  return [...unjudged, ...vacuous, ...idle];
}

/**
 * Over all designs of a suite: parts of ASI are shared, so a step must run under some design that is correct, and a claim that
 * probes are there for must meet its danger under one of them. A step that only probes have is general beyond what their worlds
 * ask of it: that is worth a note.
 */
function suiteGaps(ran: readonly Ran[]): { readonly gate: string[]; readonly notes: string[] } {
  const correct = ran.filter(({ design }) => design.breaks.length === 0);
  const executed = new Set(correct.flatMap(({ reports }) => reports.flatMap((report) => report.executed)));
  const stepsOf = (wanted: (design: Design) => boolean): string[] => [
    ...new Set(correct.flatMap(({ design }) => (wanted(design) ? stepNames(softwareFor(design).programs) : []))),
  ];
  const proposed = stepsOf(({ probe }) => probe !== true);
  const idle = proposed
    .filter((name) => !executed.has(name))
    .map((name) => `no engine ever ran the step ${name} under a design that is correct`);
  const spare = stepsOf(() => true).filter((name) => !executed.has(name) && !proposed.includes(name));
  const judged = correct.flatMap(({ result }) => result.claims.filter((claim) => claim.evidence.length > 0));
  const vacuous = [...new Set(judged.map(({ id }) => id))]
    .filter((id) => judged.every((claim) => claim.id !== id || !isReached(claim)))
    .map((id) => `${id} is vacuous: REACH-${id} occurred under no design that is correct`);
  const notes = spare.length === 0 ? [] : [`steps of probes that no world of theirs takes: ${spare.join(", ")}`];
  return { gate: [...idle, ...vacuous], notes };
}

interface Ran {
  readonly design: Design;
  readonly result: DesignResult;
  readonly reports: readonly EngineReport[];
}

function isReached({ evidence }: ClaimResult): boolean {
  return evidence.some((found) => found.reached !== false);
}

/** Steps that a search can take: what only the whole allocator runs is sampled, and its coverage is measured elsewhere. */
function stepNames(programs: readonly Program[]): string[] {
  return programs.flatMap(({ name, steps }) =>
    steps.filter((step) => step.whole !== true).map((step) => `${name}/${step.label}`),
  );
}

/** Promised claims that stayed unknown, each reason once. */
function incomplete(design: Design, result: DesignResult): string[] {
  const byReason = new Map<string, string[]>();
  for (const { id, verdict, completeness } of result.claims) {
    if (verdict !== "unknown" || !design.promises.includes(id)) continue;
    byReason.set(completeness, [...(byReason.get(completeness) ?? []), id]);
  }
  return [...byReason].map(([reason, ids]) => {
    const are = ids.length === 1 ? "is" : "are";
    return `${design.id}: ${ids.join(" ")} ${are} unknown: ${reason}`;
  });
}
