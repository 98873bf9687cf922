/**
 * The library: everything the command line does, as functions of plain data.
 *
 * Reading files and the clock are wired in here; the functions of `harness/` run without them.
 */
import { atMost } from "./harness/at-most.ts";
import type { Budget } from "./harness/budget.ts";
import { type CheckPlan, type CheckTasks, checkDesigns } from "./harness/check.ts";
import { checkDesign, type JudgedDesign } from "./harness/check-design.ts";
import { type Addition, addToCorpus } from "./harness/corpus/add.ts";
import { corpusEntryName, corpusEntryText } from "./harness/corpus/entry.ts";
import { readCorpus, type StoredEntry } from "./harness/corpus/read.ts";
import { type CorpusReport, withExpectations } from "./harness/corpus/run.ts";
import {
  counterexampleName,
  counterexampleText,
  readCounterexample,
  type StoredRun,
} from "./harness/counterexample-file.ts";
import { fuzz } from "./harness/fuzz/fuzz.ts";
import { type RecordedCalls, recordedCalls } from "./harness/fuzz/recorded-calls.ts";
import { type EngineReport, joinReports, type RunControl, type VerifyOutcome, worst } from "./harness/outcome.ts";
import { type ReplayReport, replay } from "./harness/replay.ts";
import { companionPaths } from "./harness/trace/meta.ts";
import { type Minimisation, type MinimiseOptions, minimiseTrace } from "./harness/trace-minimise/minimise-trace.ts";
import type { ReplayClaims, ReplayMode } from "./harness/trace-replay/options.ts";
import { replayTrace } from "./harness/trace-replay/replay-trace.ts";
import type { TraceReplayResult } from "./harness/trace-replay/result.ts";
import type { TraceValidation } from "./harness/trace-validate/result.ts";
import { validateTrace } from "./harness/trace-validate/validate-trace.ts";
import { verifySpecifications } from "./harness/verify-specification.ts";
import { wholeEngine } from "./harness/whole-engine.ts";
import type { Counterexample } from "./model/counterexample.ts";
import type { Design } from "./model/design.ts";
import type { KernelVersion } from "./model/gfp.ts";
import type { Evidence } from "./model/verdict.ts";
import { corpusFiles } from "./platform/corpus-files.ts";
import { packageFile } from "./platform/package-files.ts";
import { PORTS } from "./platform/ports.ts";
import { traceFiles } from "./platform/trace-files.ts";

export {
  type AllocAnswer,
  type AllocFailure,
  type AllocSite,
  type BootedKernel,
  type BootOptions,
  bootKernel,
  type CallContext,
  type CallSite,
  type KernelViolation,
  type PageblockLabel,
  type PageOwner,
  type Presence,
  type RangeAnswer,
  type Use,
} from "./harness/boot-kernel.ts";
export { BUDGETS, findBudget } from "./harness/budget.ts";
export type { CheckTasks } from "./harness/check.ts";
export type { JudgedDesign } from "./harness/check-design.ts";
export type { Addition } from "./harness/corpus/add.ts";
export type { CorpusEntry, Expectation } from "./harness/corpus/entry.ts";
export type { StoredEntry } from "./harness/corpus/read.ts";
export {
  type CorpusCell,
  type CorpusOptions,
  type CorpusReport,
  type CorpusRow,
  designsOfEntry,
  replayCorpus,
} from "./harness/corpus/run.ts";
export { counterexampleName, counterexampleText, readCounterexample } from "./harness/counterexample-file.ts";
export { EXIT_MEANINGS, exitOfClaim, worstExit } from "./harness/exit.ts";
export { declaredBreaks, exitOfOutcome } from "./harness/expectation.ts";
export { type ExplainOptions, explainRun } from "./harness/explain/explain-run.ts";
export type { Explanation } from "./harness/explain/explanation.ts";
export { findDesign } from "./harness/find-design.ts";
export { type FuzzParts, fuzz, fuzzInParts, fuzzRange, fuzzShrink } from "./harness/fuzz/fuzz.ts";
export { type FuzzOptions, STRATEGIES, type Strategy } from "./harness/fuzz/options.ts";
export type { FuzzResult } from "./harness/fuzz/tally.ts";
export type { EngineReport, RunControl, VerifyOutcome } from "./harness/outcome.ts";
export { type RefindOptions, type RefindReport, refind } from "./harness/refind.ts";
export { type ReplayReport, replay } from "./harness/replay.ts";
export { type ActionScript, replayActions, type ScriptReport } from "./harness/replay-actions.ts";
export { parseScope, printScope, type Scope } from "./harness/scope.ts";
export { type ShrinkOptions, type ShrinkReport, shrinkRun } from "./harness/shrink/shrink-run.ts";
export type { Minimisation, MinimisedTrace } from "./harness/trace-minimise/minimise-trace.ts";
export { verifyDesign } from "./harness/verify.ts";
export { verifySpecification } from "./harness/verify-specification.ts";
export { DESIGNS } from "./impl/designs/registry.ts";
export type { Claim } from "./model/claim.ts";
export type { Counterexample } from "./model/counterexample.ts";
export type { Design } from "./model/design.ts";
export { InputError, InternalError } from "./model/failure.ts";
export { GEOMETRIES, type Geometry } from "./model/geometry.ts";
export { GFP, GFP_V6_1, GFP_V6_12, gfpToString, type KernelVersion } from "./model/gfp.ts";
export {
  type ClaimResult,
  type DesignResult,
  type Evidence,
  EXIT,
  type ExitCode,
  type VerdictWord,
} from "./model/verdict.ts";
export type { Zone } from "./model/zone.ts";
export { CLAIMS } from "./properties/claims.ts";

/** Recordings of real kernels that come with the package, and are part of every `check`. */
export const SAMPLES = ["samples/fork-60k.trace.gz", "samples/net-20k.trace.gz"] as const;

export interface CheckRequest extends CheckPlan, RunControl {
  readonly budget: Budget;
  readonly seed: number;
  /** Run everything a second time and compare every state digest; a difference is exit 21. */
  readonly twice?: boolean;
  /** Known failures, tried on each design before anything else. */
  readonly corpus?: readonly StoredEntry[];
}

/**
 * Judges designs by every engine within a budget, the bundled recordings included. A run that was stopped answers unknown for
 * the designs it did not come to.
 *
 * - **Errors**: `InputError` from the recordings.
 */
export async function check(request: CheckRequest, tasks: CheckTasks = tasksHere(request)): Promise<VerifyOutcome> {
  const outcome = await checkDesigns(request, tasks);
  const done = new Set(outcome.results.map((result) => result.id));
  const left = request.designs.filter((design) => !done.has(design.id)).map((design) => joinReports(design, [], true));
  return { ...outcome, results: [...outcome.results, ...left] };
}

/** The pieces of a check, each run in this thread when its turn comes. */
function tasksHere(request: CheckRequest): CheckTasks {
  const inTurn = atMost(1);
  const nothing: JudgedDesign = { reports: [], nondeterminism: [], unmet: [] };
  return {
    specification: () => inTurn(async () => checkSpecifications(request)),
    design: (design) =>
      inTurn(async () => (request.shouldStop?.() === true ? nothing : checkOneDesign(design, request))),
  };
}

/** The specification product in every size of a budget. */
export function checkSpecifications(request: Pick<CheckRequest, "budget"> & RunControl): VerifyOutcome {
  return verifySpecifications({ ...request, sizes: request.budget.specifications });
}

/** One design by every engine of a budget: the piece of a check that a worker does. */
export async function checkOneDesign(
  design: Design,
  request: Omit<CheckRequest, "designs" | "suite">,
): Promise<JudgedDesign> {
  const { seed } = request;
  return checkDesign(design, {
    ...request,
    engines: {
      fuzz: (judged, { fuzzRuns, fuzzSteps }, control) =>
        fuzz(judged, { ...control, runs: fuzzRuns, steps: fuzzSteps, seed, onProgress: () => {} }),
      whole: (judged, { wholeCalls }, control) => wholeEngine(judged, { ...control, calls: wholeCalls, seed }),
      trace: traceEngine,
    },
  });
}

/**
 * What the strategy `trace` of `fuzz` cuts its runs from: the calls of the first bundled recording.
 *
 * - **Errors**: `InputError` from the recording.
 */
export async function sampleCalls(): Promise<RecordedCalls> {
  const [name] = SAMPLES;
  return recordedCalls(name, PORTS.openBytes(packageFile(name)), "6.12");
}

/** What one recording adds to a replay: the options of `replayTrace` beside the file. */
export interface TraceRequest {
  readonly file: string;
  /** What reports call it; the file's name unless told otherwise. */
  readonly name?: string;
  readonly mode?: ReplayMode;
  /** The version whose allocator is run, where it is not the recorded one. */
  readonly profile?: KernelVersion;
  readonly claims?: ReplayClaims;
  readonly workerDelayMicros?: number;
  readonly injectEvery?: number;
  /** Asked between pieces of the file; true ends the recording there. */
  readonly shouldStop?: () => boolean;
}

/**
 * Runs a recorded kernel trace, and what lies beside it, through a design.
 *
 * - **Errors**: `InputError` FILE-…, GZ-…, TRACE-….
 */
export async function replayTraceFile(design: Design, request: TraceRequest): Promise<TraceReplayResult> {
  const { file, name = file, shouldStop, ...options } = request;
  const source = await traceFiles(file);
  const open = shouldStop === undefined ? source.open : () => until(shouldStop, source.open());
  return replayTrace(open, source.sideFiles, design, { ...options, file: name });
}

/** What a recording is cut down by: the options of `minimiseTrace` beside the file. */
export interface MinimiseRequest extends Omit<MinimiseOptions, "file"> {
  readonly file: string;
  /** What reports call it; the file's name unless told otherwise. */
  readonly name?: string;
}

/**
 * The shortest piece of a recorded trace that still violates a claim under a design.
 *
 * - **Errors**: `InputError` FILE-…, GZ-…, TRACE-….
 */
export async function minimiseTraceFile(design: Design, request: MinimiseRequest): Promise<Minimisation> {
  const { file, name = file, ...options } = request;
  return minimiseTrace(await traceFiles(file), design, { ...options, file: name });
}

/**
 * Judges what a recorded kernel did to its buddy lists, with the meta file and the free maps that lie beside the trace.
 *
 * - **Errors**: `InputError` FILE-…, GZ-…, TRACE-…, FREE-MAP.
 */
export async function validateTraceFile(file: string): Promise<TraceValidation> {
  const source = await traceFiles(file);
  const after = companionPaths(file).freeBlocks.replace(/\.before\/([^/]*)$/, ".after/$1");
  const blocks = await PORTS.readTextIfPresent(after);
  const types = await PORTS.readTextIfPresent(after.replace(/[^/]*$/, "pagetypeinfo"));
  return validateTrace({
    ...source,
    ...(blocks === undefined ? {} : { freeBlocksAfter: { file: after, open: () => once(blocks) } }),
    ...(types === undefined ? {} : { pagetypeinfoAfter: types }),
  });
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** The first piece always passes: an early interrupt must not make a good file look empty. */
async function* until(shouldStop: () => boolean, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun = false;
  for await (const chunk of bytes) {
    if (begun && shouldStop()) return;
    begun = true;
    yield chunk;
  }
}

/**
 * Writes a counterexample into a folder and answers its path.
 *
 * - **Errors**: `InputError` FILE-UNWRITABLE.
 */
export async function writeCounterexample(run: Counterexample, folder: string): Promise<string> {
  const path = `${folder}/${counterexampleName(run)}`;
  await PORTS.writeText(path, counterexampleText(run));
  return path;
}

/**
 * Reads a counterexample file.
 *
 * - **Errors**: `InputError` FILE-…, CEX-….
 */
export async function readRun(path: string): Promise<StoredRun> {
  return readCounterexample(await PORTS.readText(path), path);
}

/**
 * Replays a counterexample file on today's code.
 *
 * - **Errors**: `InputError` FILE-…, CEX-….
 */
export async function replayFile(path: string): Promise<ReplayReport> {
  return replay(await readRun(path));
}

/**
 * Reads the corpus in a folder; none where there is no such folder.
 *
 * - **Errors**: `InputError` FILE-…, CORPUS-…, UNKNOWN-CLAIM, BAD-SCOPE, each with the file.
 */
export async function readCorpusFolder(folder: string): Promise<readonly StoredEntry[] | undefined> {
  const texts = await corpusFiles(folder);
  return texts === undefined ? undefined : readCorpus(texts);
}

/**
 * Adds a counterexample file to the corpus in a folder, and answers what that did and in which file.
 *
 * - **Errors**: `InputError` FILE-…, CEX-…, CORPUS-…; nothing is written then.
 */
export async function addToCorpusFolder(
  file: string,
  folder: string,
  note?: string,
): Promise<Addition & { readonly file: string }> {
  const stored = (await readCorpusFolder(folder)) ?? [];
  const run = readCounterexample(await PORTS.readText(file), file);
  const known = stored.map(({ entry }) => entry);
  const { entry: bare, ...addition } = addToCorpus(known, run, file);
  const entry = note === undefined ? bare : { ...bare, note };
  const path = stored.find((other) => other.entry.signature === entry.signature)?.file;
  const target = path ?? `${folder}/${corpusEntryName(entry)}`;
  if (addition.did !== "nothing" || note !== undefined) await PORTS.writeText(target, corpusEntryText(entry));
  return { ...addition, entry, file: target };
}

/**
 * Makes what a run of a corpus found into what is expected from now on. Answers the files that changed.
 *
 * - **Errors**: `InputError` FILE-UNWRITABLE.
 */
export async function recordExpectations(stored: readonly StoredEntry[], report: CorpusReport): Promise<string[]> {
  const changed: string[] = [];
  for (const { file, entry } of stored) {
    const cells = report.rows.find((row) => row.file === file)?.cells ?? [];
    const text = corpusEntryText(withExpectations(entry, cells));
    if (text === corpusEntryText(entry)) continue;
    await PORTS.writeText(file, text);
    changed.push(file);
  }
  return changed;
}

/** The bundled recordings through one design, as one piece of evidence per claim. */
async function traceEngine(design: Design): Promise<EngineReport> {
  const evidence = new Map<string, Evidence>();
  for (const name of SAMPLES) {
    const { claims, stoppedBy } = await replayTraceFile(design, { file: packageFile(name), name });
    for (const claim of claims) {
      const [found] = claim.evidence;
      // Of a recording that a violated claim cut short, the other claims learn nothing.
      if (found === undefined || (stoppedBy !== undefined && found.verdict !== "violated")) continue;
      evidence.set(claim.id, joinRecordings(evidence.get(claim.id), found));
    }
  }
  return { evidence, counterexamples: new Map(), executed: [], interrupted: false };
}

/** Counts add up; a violation stands, whatever the other recording says. */
function joinRecordings(known: Evidence | undefined, found: Evidence): Evidence {
  if (known === undefined) return found;
  const telling = found.verdict === "violated" ? found : known;
  return {
    ...telling,
    scope: `${known.scope}; ${found.scope}`,
    verdict: worst([known.verdict, found.verdict]),
    completeness:
      known.completeness === found.completeness ? known.completeness : `${known.completeness}; ${found.completeness}`,
    runs: (known.runs ?? 0) + (found.runs ?? 0),
    steps: (known.steps ?? 0) + (found.steps ?? 0),
    reached: known.reached !== false || found.reached !== false,
  };
}
