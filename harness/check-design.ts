import type { Design } from "../model/design.ts";
import type { Budget } from "./budget.ts";
import { corpusEngine } from "./corpus/engine.ts";
import type { StoredEntry } from "./corpus/read.ts";
import type { EngineReport, RunControl } from "./outcome.ts";
import { differences } from "./same-twice.ts";
import { parseScope } from "./scope.ts";
import { verifyDesign } from "./verify.ts";

/** The engines beside exhaustive search; each answers for one design. */
export interface SamplingEngines {
  readonly fuzz: (design: Design, budget: Budget, control: RunControl) => EngineReport;
  readonly whole: (design: Design, budget: Budget, control: RunControl) => EngineReport;
  readonly trace: (design: Design, control: RunControl) => Promise<EngineReport>;
}

export interface CheckDesignOptions extends RunControl {
  readonly budget: Budget;
  readonly engines: SamplingEngines;
  /** Run every engine a second time and compare all that it saw and said. */
  readonly twice?: boolean;
  /** Known failures, tried before anything else. */
  readonly corpus?: readonly StoredEntry[];
}

/** What the engines found of one design, before anything is joined. */
export interface JudgedDesign {
  readonly reports: readonly EngineReport[];
  /** Where a second run differed from the first. */
  readonly nondeterminism: readonly string[];
  /** Expectations of the corpus that were not met. */
  readonly unmet: readonly string[];
}

/**
 * One design by every engine within a budget.
 *
 * - **Cost**: a task of its own: designs share nothing, and may be judged side by side.
 * - **Errors**: `InputError` from the engines' inputs.
 */
export async function checkDesign(design: Design, options: CheckDesignOptions): Promise<JudgedDesign> {
  const known = corpusEngine(options.corpus ?? [], design, options);
  const unmet = known?.unmet ?? [];
  // Tried first, told last: what an engine finds by itself is the better counterexample.
  const remembered = known === undefined ? [] : [known.report];
  if (options.twice !== true) {
    return { reports: [...(await allEngines(design, options)), ...remembered], nondeterminism: [], unmet };
  }
  const reports = await allEngines(design, { ...options, digests: true });
  const again = await allEngines(design, { ...options, digests: true });
  // Two runs that were cut short were cut at different places.
  const found = options.shouldStop?.() === true ? [] : differences(reports, again);
  const nondeterminism = found.map((sentence) => `${design.id}: ${sentence}`);
  return { reports: [...reports, ...remembered], nondeterminism, unmet };
}

async function allEngines(design: Design, options: CheckDesignOptions): Promise<EngineReport[]> {
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
