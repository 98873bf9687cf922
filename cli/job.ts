import type { RangeReport } from "../harness/fuzz/explorer.ts";
import type { Shrunk } from "../harness/fuzz/shrink-finding.ts";
import { joinReports, type VerifyOutcome, worst } from "../harness/outcome.ts";
import type { ReductionChoice } from "../harness/reductions/plan.ts";
import { asOften } from "../harness/same-twice.ts";
import type { ReplayClaims, ReplayMode } from "../harness/trace-replay/options.ts";
import type { TraceReplayResult } from "../harness/trace-replay/result.ts";
import { type VerifySpecificationOptions, verifySpecification } from "../harness/verify-specification.ts";
import {
  type CorpusReport,
  findDesign,
  type JudgedDesign,
  type Minimisation,
  parseScope,
  replayTraceFile,
  type ShrinkReport,
  verifyDesign,
} from "../index.ts";
import type { KernelVersion } from "../model/gfp.ts";
import { type CheckJob, type CheckPart, runCheck, runCheckPart, runCheckSpecification } from "./jobs/check-job.ts";
import { type CorpusJob, runCorpus } from "./jobs/corpus-job.ts";
import { type Explained, type ExplainJob, runExplain } from "./jobs/explain-job.ts";
import {
  type FuzzJob,
  type FuzzOutcome,
  type FuzzRangeJob,
  type FuzzShrinkJob,
  runFuzz,
  runFuzzRange,
  runFuzzShrink,
} from "./jobs/fuzz-job.ts";
import { type Replayed, type ReplayJob, runReplay } from "./jobs/replay-job.ts";
import { runShrink, type ShrinkJob } from "./jobs/shrink-job.ts";
import { runTraceMinimise, type TraceMinimiseJob } from "./jobs/trace-minimise-job.ts";

/** What a verb asks to be computed: plain data, so that it can be sent to a thread. */
export interface JobRequests {
  readonly check: CheckJob;
  readonly checkDesign: CheckPart;
  readonly checkSpecification: { readonly budget: string };
  readonly specification: VerifySpecificationOptions["size"] & { readonly maxStates?: number };
  readonly design: {
    readonly design: string;
    readonly scope: string;
    readonly maxStates?: number;
    readonly reductions?: ReductionChoice;
    /** Search a second time, and hold the states of the two against each other. */
    readonly twice?: boolean;
  };
  readonly fuzz: FuzzJob;
  readonly fuzzRange: FuzzRangeJob;
  readonly fuzzShrink: FuzzShrinkJob;
  readonly corpus: CorpusJob;
  readonly traceMinimise: TraceMinimiseJob;
  readonly shrink: ShrinkJob;
  readonly replay: ReplayJob;
  readonly explain: ExplainJob;
  readonly trace: {
    readonly design: string;
    readonly file: string;
    /** What reports call it, where that is not the file. */
    readonly name?: string;
    readonly mode?: ReplayMode;
    readonly profile?: KernelVersion;
    readonly claims?: ReplayClaims;
    readonly workerDelayMicros?: number;
    readonly injectEvery?: number;
  };
}

/** What it is answered with: plain data as well. */
export interface JobAnswers {
  readonly check: VerifyOutcome;
  readonly checkDesign: JudgedDesign;
  readonly checkSpecification: VerifyOutcome;
  readonly specification: VerifyOutcome;
  readonly design: VerifyOutcome;
  readonly fuzz: FuzzOutcome;
  readonly fuzzRange: RangeReport;
  readonly fuzzShrink: Shrunk;
  readonly corpus: CorpusReport;
  readonly traceMinimise: Minimisation;
  readonly shrink: ShrinkReport;
  readonly replay: Replayed;
  readonly explain: Explained;
  readonly trace: TraceReplayResult;
}

export interface Job<K extends keyof JobAnswers = keyof JobAnswers> {
  readonly kind: K;
  readonly request: JobRequests[K];
  /** Threads for the parts that the job divides itself into; what it answers does not depend on them. */
  readonly workers?: number;
}

export interface JobControl {
  readonly onProgress: (text: string) => void;
  readonly shouldStop: () => boolean;
  /** Runs a part of the job in one of its threads. Parts are asked for all at once; where there are no threads they run here, in turn. */
  readonly runPart?: <P extends keyof JobAnswers>(
    part: Job<P>,
    onProgress?: (text: string) => void,
  ) => Promise<JobAnswers[P]>;
}

/** Runs a job here and now. */
export async function runJob<K extends keyof JobAnswers>(job: Job<K>, control: JobControl): Promise<JobAnswers[K]> {
  const run: (request: JobRequests[K], control: JobControl) => JobAnswers[K] | Promise<JobAnswers[K]> =
    RUNNERS[job.kind];
  return run(job.request, control);
}

const RUNNERS: {
  readonly [K in keyof JobAnswers]: (
    request: JobRequests[K],
    control: JobControl,
  ) => JobAnswers[K] | Promise<JobAnswers[K]>;
} = {
  check: runCheck,
  checkDesign: runCheckPart,
  checkSpecification: runCheckSpecification,
  specification: ({ maxStates, ...size }, control) =>
    verifySpecification({ ...control, size, ...(maxStates === undefined ? {} : { maxStates }) }),
  design: runDesign,
  fuzz: runFuzz,
  fuzzRange: runFuzzRange,
  fuzzShrink: runFuzzShrink,
  corpus: runCorpus,
  traceMinimise: runTraceMinimise,
  shrink: runShrink,
  replay: runReplay,
  explain: runExplain,
  trace: runTrace,
};

/** A recording that was not read to its end decides nothing that it did not violate. */
async function runTrace(request: JobRequests["trace"], control: JobControl): Promise<TraceReplayResult> {
  const { design, ...rest } = request;
  let stopped = false;
  const shouldStop = (): boolean => {
    stopped ||= control.shouldStop();
    return stopped;
  };
  const result = await replayTraceFile(findDesign(design), { ...rest, shouldStop });
  if (!stopped) return result;
  const completeness = `BOUNDED (stopped after ${result.facts.events} events)`;
  const claims = result.claims.map((claim) => {
    if (claim.verdict !== "holds") return claim;
    const verdict = "unknown" as const;
    const evidence = claim.evidence.map((found) => ({ ...found, verdict, completeness }));
    return { ...claim, verdict, completeness, evidence };
  });
  return { ...result, claims, verdict: worst(claims.map((claim) => claim.verdict)) };
}

function runDesign(request: JobRequests["design"], control: JobControl): VerifyOutcome {
  const design = findDesign(request.design);
  const { maxStates, reductions, twice } = request;
  const { report, nondeterminism } = asOften(twice === true, control, (digests) =>
    verifyDesign(design, {
      ...control,
      digests,
      scope: parseScope(request.scope),
      ...(maxStates === undefined ? {} : { maxStates }),
      ...(reductions === undefined ? {} : { reductions }),
    }),
  );
  return {
    results: [joinReports(design, [report])],
    counterexamples: [...report.counterexamples.values()],
    notes: vacuous(report.evidence),
    gate: [],
    nondeterminism,
    interrupted: report.interrupted,
  };
}

/** Claims whose dangerous situation never came up: printed, and the verdict is left alone. */
function vacuous(evidence: ReadonlyMap<string, { readonly reached?: boolean }>): string[] {
  return [...evidence]
    .filter(([, found]) => found.reached === false)
    .map(([id]) => `vacuous here: REACH-${id} did not occur`);
}
