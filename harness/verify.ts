import { type SearchOptions, type SearchResult, search } from "../checker/search.ts";
import type { Claim } from "../model/claim.ts";
import type { Counterexample } from "../model/counterexample.ts";
import type { Design } from "../model/design.ts";
import type { Evidence, VerdictWord } from "../model/verdict.ts";
import { digestedSystem } from "./digested-system.ts";
import { claimGroups } from "./judge.ts";
import type { EngineReport, RunControl } from "./outcome.ts";
import { recordRun } from "./record.ts";
import { NO_REDUCTIONS, type ReductionChoice, ReductionPlan } from "./reductions/plan.ts";
import { ReducedSystem } from "./reductions/reduced-system.ts";
import { machineFor } from "./scenario.ts";
import { printScope, type Scope } from "./scope.ts";
import type { SearchSystem } from "./search-system.ts";
import { StateDigests } from "./state-digests.ts";
import { stopReason } from "./stop-reason.ts";

/** States a search may store unless told otherwise: some 5 GB plain, 1 GB collapsed (docs/decisions/0013-state-compression.md). */
export const DEFAULT_MAX_STATES = 20_000_000;

export interface VerifyOptions extends RunControl {
  readonly scope: Scope;
  readonly maxStates?: number;
  /** Stop at the end of the level by which all of these claims have been violated; the others stay unknown. */
  readonly stopAt?: readonly string[];
  /** What to leave out of the search where that is sound; nothing unless asked for. */
  readonly reductions?: ReductionChoice;
}

type System = SearchSystem | ReducedSystem;

/** A violation with a run that shows it. */
interface Shown {
  readonly path: readonly number[];
  readonly minimality: string;
}

const SHORTEST = "proven shortest in this scope";

/**
 * Explores a design in a closed scenario and judges every applicable claim in every state and at every step.
 *
 * The search does not stop at the first violation: it goes on until every claim has its answer (docs/decisions/0005).
 *
 * - **Cost**: 10^5 to 10^7 states for `calls=3+3` on 8 pages.
 * - **Errors**: `InputError` for a scope that cannot be built; a limit is `unknown`.
 */
export function verifyDesign(design: Design, options: VerifyOptions): EngineReport {
  const groups = claimGroups(machineFor(design, options.scope));
  const plan = new ReductionPlan(design, options.scope, options.reductions ?? NO_REDUCTIONS);
  return joined(groups.map((group) => searchFor(design, options, group, plan)));
}

/** Several searches of one world, each for some of the claims, as one. */
function joined(reports: readonly EngineReport[]): EngineReport {
  return {
    evidence: new Map(reports.flatMap(({ evidence }) => [...evidence])),
    counterexamples: new Map(reports.flatMap(({ counterexamples }) => [...counterexamples])),
    executed: [...new Set(reports.flatMap(({ executed }) => executed))],
    interrupted: reports.some(({ interrupted }) => interrupted),
    chapters: reports.flatMap(({ chapters = [] }) => chapters),
  };
}

function searchFor(design: Design, options: VerifyOptions, group: readonly Claim[], plan: ReductionPlan): EngineReport {
  const chosen = (claim: Claim): boolean => group.includes(claim);
  const found = searchOnce(design, options, () => plan.system(chosen), plan);
  const { system, result, interrupted, digests } = found;
  const shown = showViolations(design, options, result, system, () => plan.system(chosen, true), plan);
  const names = system.machine.k.table.names();
  return {
    evidence: evidenceOf(system, result, options.scope, shown, plan.words()),
    counterexamples: counterexamplesOf(design, shown, options.scope),
    executed: names.filter((_, index) => system.machine.k.executed[index] === 1),
    interrupted,
    ...(digests === undefined ? {} : { chapters: digests.chapters }),
  };
}

interface Searched {
  readonly system: System;
  readonly result: SearchResult;
  readonly interrupted: boolean;
  readonly digests: StateDigests | undefined;
}

/** Searches, and begins again when the reduction has leaned on what turns out not to be so. */
function searchOnce(
  design: Design,
  options: VerifyOptions,
  fresh: () => System,
  plan: ReductionPlan,
  limits: SearchOptions = {},
): Searched {
  for (;;) {
    const system = fresh();
    const digests = options.digests === true ? new StateDigests() : undefined;
    let interrupted = false;
    try {
      const result = search(digests === undefined ? system : digestedSystem(system, digests), {
        maxStates: options.maxStates ?? DEFAULT_MAX_STATES,
        stopWhen: maskOf(system, options.stopAt ?? []),
        onLevel: (level) => {
          options.onProgress?.(`${design.id}: ${level.states} states, level ${level.depth}, ${level.frontier} waiting`);
          digests?.close(`level ${level.depth}`);
          interrupted = options.shouldStop?.() ?? false;
          return !interrupted;
        },
        ...limits,
      });
      return { system, result, interrupted, digests };
    } catch (error) {
      plan.learn(error);
    }
  }
}

/**
 * A run for each violation. Where sections were fused a run need not be a shortest: then it is looked for again with every
 * step a step of its own, down to the depth of the run that is known, and within the same number of states.
 */
function showViolations(
  design: Design,
  options: VerifyOptions,
  result: SearchResult,
  system: System,
  whole: () => System,
  plan: ReductionPlan,
): ReadonlyMap<string, Shown> {
  const shown = new Map<string, Shown>();
  for (const violation of result.violations) {
    if (violation === undefined) continue;
    const path = violation.path();
    const real = system instanceof ReducedSystem ? system.realPath(path) : path;
    shown.set(violation.label, { path: real, minimality: plan.fuses ? "locally minimal" : SHORTEST });
  }
  if (!plan.fuses || shown.size === 0) return shown;
  const deepest = Math.max(...[...shown.values()].map(({ path }) => path.length));
  const { digests: _, ...quiet } = options;
  const again = searchOnce(design, quiet, whole, plan, {
    maxLevels: deepest + 1,
    stopWhen: maskOf(system, [...shown.keys()]),
  });
  for (const violation of again.result.violations) {
    if (violation === undefined) continue;
    const path = violation.path();
    const real = again.system instanceof ReducedSystem ? again.system.realPath(path) : path;
    shown.set(violation.label, { path: real, minimality: SHORTEST });
  }
  return shown;
}

function maskOf(system: System, ids: readonly string[]): number {
  const bits = ids.map((id) => system.labels.indexOf(id)).filter((bit) => bit >= 0);
  return bits.reduce((mask, bit) => mask | (1 << bit), 0);
}

function evidenceOf(
  system: System,
  result: SearchResult,
  scope: Scope,
  shown: ReadonlyMap<string, Shown>,
  upTo: string,
): ReadonlyMap<string, Evidence> {
  const text = printScope(scope);
  const evidence = new Map<string, Evidence>();
  system.labels.forEach((id, bit) => {
    const found = shown.get(id);
    const verdict: VerdictWord = found !== undefined ? "violated" : result.complete ? "holds" : "unknown";
    evidence.set(id, {
      engine: "search",
      scope: text,
      verdict,
      completeness: completenessOf(verdict, result, `${text}${deviation(scope)}`, found, upTo),
      states: result.states,
      transitions: result.transitions,
      depth: found?.path.length ?? result.levels,
      reached: ((system.judge.reached >>> bit) & 1) === 1,
    });
  });
  return evidence;
}

/** A geometry that breaks an inequality of x86-64 is another machine, and every verdict says so. */
function deviation({ geometry }: Scope): string {
  const { deviates = [] } = geometry;
  return deviates.length === 0 ? "" : ` (not x86-64: ${deviates.join(", ")} does not hold)`;
}

function completenessOf(
  verdict: VerdictWord,
  result: SearchResult,
  scope: string,
  found: Shown | undefined,
  upTo: string,
): string {
  if (verdict === "violated") {
    const minimality = found?.minimality === SHORTEST ? "shortest" : "locally minimal";
    return `counterexample of ${found?.path.length} steps, ${minimality} within scope ${scope}`;
  }
  if (verdict === "holds") return `EXHAUSTIVE within scope ${scope}${beyond(result)}${upTo}`;
  return `BOUNDED (${result.states} states, ${result.levels} levels of scope ${scope}; ${stopReason(result.stoppedBy)})${upTo}`;
}

/** States that were not expanded because their structures mean nothing any more; the claim is silent about what follows them. */
function beyond(result: SearchResult): string {
  return result.dead === 0 ? "" : `, up to the ${result.dead} states whose structures are broken (S9, S10, S17)`;
}

function counterexamplesOf(
  design: Design,
  shown: ReadonlyMap<string, Shown>,
  scope: Scope,
): ReadonlyMap<string, Counterexample> {
  const found = new Map<string, Counterexample>();
  for (const [claim, { path, minimality }] of shown) {
    const header = { scope: printScope(scope), engine: "search", minimality };
    found.set(claim, recordRun(machineFor(design, scope), path, claim, header));
  }
  return found;
}
