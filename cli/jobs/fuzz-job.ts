import type { Corpus } from "../../harness/fuzz/corpus.ts";
import type { RangeReport } from "../../harness/fuzz/explorer.ts";
import type { Repeat, Shrunk } from "../../harness/fuzz/shrink-finding.ts";
import type { FuzzResult, Range } from "../../harness/fuzz/tally.ts";
import { joinReports, type VerifyOutcome } from "../../harness/outcome.ts";
import { differences } from "../../harness/same-twice.ts";
import {
  type Design,
  type FuzzOptions,
  findDesign,
  fuzz,
  fuzzInParts,
  fuzzRange,
  fuzzShrink,
  parseScope,
  type Strategy,
  sampleCalls,
} from "../../index.ts";
import type { JobControl } from "../job.ts";

/** A campaign as plain data. */
export interface FuzzJob {
  readonly design: string;
  readonly runs: number;
  readonly steps: number;
  readonly seed: number;
  readonly path?: string;
  readonly scope?: string;
  readonly strategy?: Strategy;
  readonly depth?: number;
  /** Rows into which each round is divided where there are threads. */
  readonly pieces?: number;
  /** Run the campaign a second time, and hold the states of the two against each other. */
  readonly twice?: boolean;
}

/** A row of a campaign's runs. */
export interface FuzzRangeJob {
  readonly campaign: FuzzJob;
  readonly range: Range;
  readonly corpus: Corpus;
}

/** The first run that violated a claim, to be made small. */
export interface FuzzShrinkJob {
  readonly campaign: FuzzJob;
  readonly claim: string;
  readonly run: number;
  readonly corpus: Corpus;
}

export interface FuzzOutcome extends VerifyOutcome {
  readonly runs: number;
  readonly steps: number;
  readonly repeats: readonly (Repeat & { readonly claim: string })[];
}

/** A whole campaign, its parts in other threads where there are some. */
export async function runFuzz(job: FuzzJob, control: JobControl): Promise<FuzzOutcome> {
  const design = findDesign(job.design);
  const found = await campaign(design, job, control);
  const again = job.twice === true && !found.interrupted ? await campaign(design, job, control) : undefined;
  const nondeterminism = again === undefined || again.interrupted ? [] : differences([found], [again]);
  return { ...outcomeOf(design, job, found), nondeterminism };
}

async function campaign(design: Design, job: FuzzJob, control: JobControl): Promise<FuzzResult> {
  const options = await optionsOf(job, control, `${design.id}: `);
  const { runPart } = control;
  if (runPart === undefined || job.path !== undefined) return fuzz(design, options);
  const parts = {
    range: (range: Range, corpus: Corpus) =>
      runPart({ kind: "fuzzRange", request: { campaign: job, range, corpus } }, control.onProgress),
    shrink: (claim: string, run: number, corpus: Corpus) =>
      runPart({ kind: "fuzzShrink", request: { campaign: job, claim, run, corpus } }),
  };
  return fuzzInParts(design, options, parts, job.pieces ?? 1);
}

export async function runFuzzRange(job: FuzzRangeJob, control: JobControl): Promise<RangeReport> {
  const { campaign, range, corpus } = job;
  const design = findDesign(campaign.design);
  const where = `${design.id}, runs ${range.from + 1} to ${range.to}: `;
  return fuzzRange(design, await optionsOf(campaign, control, where), range, corpus);
}

export async function runFuzzShrink(job: FuzzShrinkJob, control: JobControl): Promise<Shrunk> {
  const { campaign, claim, run, corpus } = job;
  const design = findDesign(campaign.design);
  return fuzzShrink(design, await optionsOf(campaign, control, `${design.id}: `), claim, run, corpus);
}

async function optionsOf(job: FuzzJob, control: JobControl, where: string): Promise<FuzzOptions> {
  const { runs, steps, seed, path, scope, strategy, depth } = job;
  const recorded = strategy === "trace" || strategy === "mixed" ? await sampleCalls() : undefined;
  return {
    runs,
    steps,
    seed,
    ...(path === undefined ? {} : { path }),
    ...(scope === undefined ? {} : { scope: parseScope(scope) }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(depth === undefined ? {} : { depth }),
    ...(recorded === undefined ? {} : { recorded }),
    ...(job.twice === true ? { digests: true } : {}),
    shouldStop: control.shouldStop,
    onProgress: (done) => control.onProgress(`${where}${done.runs} runs, ${done.steps} steps${listed(done.violated)}`),
  };
}

function listed(violated: readonly string[]): string {
  return violated.length === 0 ? "" : `, violated: ${violated.join(" ")}`;
}

function outcomeOf(design: Design, job: FuzzJob, found: FuzzResult): FuzzOutcome {
  return {
    results: [joinReports(design, [found])],
    counterexamples: [...found.counterexamples.values()],
    notes: [...vacuous(found), ...notesOf(job, found)],
    gate: [],
    interrupted: found.interrupted,
    runs: found.runs,
    steps: found.steps,
    repeats: [...found.repeats].map(([claim, repeat]) => ({ claim, ...repeat })),
  };
}

/** Claims whose dangerous situation never came up: printed, and the verdict is left alone. */
function vacuous({ evidence }: FuzzResult): string[] {
  return [...evidence]
    .filter(([, found]) => found.reached === false)
    .map(([id]) => `vacuous here: REACH-${id} did not occur`);
}

function notesOf({ strategy }: FuzzJob, { scripts, reachedIn }: FuzzResult): string[] {
  const run = scripts.filter(({ runs }) => runs > 0);
  const notes = scripts
    .filter(({ reason }) => reason !== undefined)
    .map(({ id, title, reason }) => `not run: ${id} (${title}): ${reason}`);
  if (run.length > 0)
    notes.unshift(`corner workloads, and runs of each: ${run.map(({ id, runs }) => `${id} ${runs}`).join(", ")}`);
  if (strategy === "target") {
    const first = [...reachedIn].sort(([, a], [, b]) => a - b).map(([id, number]) => `${id} ${number}`);
    notes.push(`the run in which each danger first occurred: ${first.join(", ")}`);
  }
  return notes;
}
