import { type SearchResult, search } from "../checker/search.ts";
import type { Claim } from "../model/claim.ts";
import type { Counterexample } from "../model/counterexample.ts";
import type { Design } from "../model/design.ts";
import type { Evidence, VerdictWord } from "../model/verdict.ts";
import { digestedSystem } from "./digested-system.ts";
import { claimGroups } from "./judge.ts";
import type { EngineReport, RunControl } from "./outcome.ts";
import { recordRun } from "./record.ts";
import { machineFor } from "./scenario.ts";
import { printScope, type Scope } from "./scope.ts";
import { SearchSystem } from "./search-system.ts";
import { StateDigests } from "./state-digests.ts";
import { stopReason } from "./stop-reason.ts";

/** States a search may store unless told otherwise: about 12 GB of the largest small world. */
export const DEFAULT_MAX_STATES = 20_000_000;

export interface VerifyOptions extends RunControl {
  readonly scope: Scope;
  readonly maxStates?: number;
  /** Stop at the end of the level by which all of these claims have been violated; the others stay unknown. */
  readonly stopAt?: readonly string[];
}

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
  return joined(groups.map((group) => searchFor(design, options, group)));
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

function searchFor(design: Design, options: VerifyOptions, group: readonly Claim[]): EngineReport {
  const system = new SearchSystem(machineFor(design, options.scope), (claim) => group.includes(claim));
  const digests = options.digests === true ? new StateDigests() : undefined;
  let interrupted = false;
  const result = search(digests === undefined ? system : digestedSystem(system, digests), {
    maxStates: options.maxStates ?? DEFAULT_MAX_STATES,
    stopWhen: maskOf(system, options.stopAt ?? []),
    onLevel: (level) => {
      options.onProgress?.(`${design.id}: ${level.states} states, level ${level.depth}, ${level.frontier} waiting`);
      digests?.close(`level ${level.depth}`);
      interrupted = options.shouldStop?.() ?? false;
      return !interrupted;
    },
  });
  const names = system.machine.k.table.names();
  return {
    evidence: evidenceOf(system, result, options.scope),
    counterexamples: counterexamplesOf(design, result, options.scope),
    executed: names.filter((_, index) => system.machine.k.executed[index] === 1),
    interrupted,
    ...(digests === undefined ? {} : { chapters: digests.chapters }),
  };
}

function maskOf(system: SearchSystem, ids: readonly string[]): number {
  const bits = ids.map((id) => system.labels.indexOf(id)).filter((bit) => bit >= 0);
  return bits.reduce((mask, bit) => mask | (1 << bit), 0);
}

function evidenceOf(system: SearchSystem, result: SearchResult, scope: Scope): ReadonlyMap<string, Evidence> {
  const text = printScope(scope);
  const evidence = new Map<string, Evidence>();
  system.labels.forEach((id, bit) => {
    const found = result.violations[bit];
    const verdict: VerdictWord = found !== undefined ? "violated" : result.complete ? "holds" : "unknown";
    evidence.set(id, {
      engine: "search",
      scope: text,
      verdict,
      completeness: completenessOf(verdict, result, `${text}${deviation(scope)}`, found?.depth),
      states: result.states,
      transitions: result.transitions,
      depth: found?.depth ?? result.levels,
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

function completenessOf(verdict: VerdictWord, result: SearchResult, scope: string, depth: number | undefined): string {
  if (verdict === "violated") return `counterexample of ${depth} steps, shortest within scope ${scope}`;
  if (verdict === "holds") return `EXHAUSTIVE within scope ${scope}${beyond(result)}`;
  return `BOUNDED (${result.states} states, ${result.levels} levels of scope ${scope}; ${stopReason(result.stoppedBy)})`;
}

/** States that were not expanded because their structures mean nothing any more; the claim is silent about what follows them. */
function beyond(result: SearchResult): string {
  return result.dead === 0 ? "" : `, up to the ${result.dead} states whose structures are broken (S9, S10, S17)`;
}

function counterexamplesOf(design: Design, result: SearchResult, scope: Scope): ReadonlyMap<string, Counterexample> {
  const found = new Map<string, Counterexample>();
  for (const violation of result.violations) {
    if (violation === undefined) continue;
    const header = { scope: printScope(scope), engine: "search", minimality: "proven shortest in this scope" };
    found.set(violation.label, recordRun(machineFor(design, scope), violation.path(), violation.label, header));
  }
  return found;
}
