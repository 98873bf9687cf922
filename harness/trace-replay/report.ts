import type { Design } from "../../model/design.ts";
import type { Machine } from "../../model/machine.ts";
import type { ClaimResult, VerdictWord } from "../../model/verdict.ts";
import { CLAIMS } from "../../properties/claims.ts";
import type { TraceMeta } from "../trace/meta.ts";
import { lostEvents, type TraceSummary } from "../trace/summary.ts";
import { fairStartText } from "./fair-start-text.ts";
import type { TraceReplayOptions } from "./options.ts";
import type { Replayer } from "./replayer.ts";
import type { RequestTable } from "./request-table.ts";
import type { ReplayWork, TraceFacts, TraceReplayResult } from "./result.ts";
import type { StartState } from "./start-state.ts";
import type { Watch } from "./watch.ts";

/** Everything a finished replay left behind. */
export interface FinishedReplay {
  readonly design: Design;
  readonly options: TraceReplayOptions;
  readonly meta: TraceMeta;
  readonly start: StartState;
  readonly machine: Machine;
  readonly requests: RequestTable;
  readonly replayer: Replayer;
  readonly summary: TraceSummary;
}

/** Puts a finished replay into the words and figures of a report. */
export function resultOf(run: FinishedReplay): TraceReplayResult {
  const { replayer } = run;
  const { watch } = replayer;
  const claims = claimResults(run);
  const stoppedBy = watch.stopped ? watch.violations.at(-1)?.claim : undefined;
  return {
    design: run.design.id,
    verdict: worst(claims),
    options: run.options,
    scope: scopeOf(run),
    facts: factsOf(run),
    fates: { ...replayer.fates, notCalls: replayer.notCalls(), contexts: replayer.contexts },
    work: workOf(replayer),
    synthetic: replayer.synthetic.counts,
    claims,
    violations: watch.violations,
    vacuous: watch.judge.claims.filter((_, bit) => !occurred(watch, bit)).map((claim) => `REACH-${claim.id}`),
    inferred: inferredOf(run),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}

function claimResults(run: FinishedReplay): ClaimResult[] {
  const { watch, events } = run.replayer;
  const scope = scopeOf(run);
  const completeness = watch.stopped
    ? `BOUNDED (stopped after ${events} events)`
    : `SAMPLED: one recorded run, ${events} events`;
  return CLAIMS.map((claim) => {
    const bit = watch.judge.claims.indexOf(claim);
    const reason = run.design.notApplicable[claim.id] ?? (bit < 0 ? "not judged in this replay" : undefined);
    if (reason !== undefined) return { id: claim.id, verdict: "n/a", completeness: "", reason, evidence: [] };
    const violated = watch.violations.some((violation) => violation.claim === claim.id);
    const verdict: VerdictWord = violated ? "violated" : watch.stopped ? "unknown" : "holds";
    const evidence = {
      engine: "trace",
      scope,
      verdict,
      completeness,
      runs: 1,
      steps: watch.microSteps,
      reached: occurred(watch, bit),
    } as const;
    return { id: claim.id, verdict, completeness, evidence: [evidence] };
  });
}

/** The claim's dangerous situation occurred; where it was violated it did. */
function occurred(watch: Watch, bit: number): boolean {
  const id = watch.judge.claims[bit]?.id;
  return ((watch.judge.reached >>> bit) & 1) === 1 || watch.violations.some((violation) => violation.claim === id);
}

function worst(claims: readonly ClaimResult[]): VerdictWord {
  if (claims.some((claim) => claim.verdict === "violated")) return "violated";
  return claims.some((claim) => claim.verdict === "unknown") ? "unknown" : "holds";
}

function scopeOf({ options, machine }: FinishedReplay): string {
  const { cpus, pages, geometry, mms } = machine.world;
  return [
    `trace=${options.file}`,
    `mode=${options.mode}`,
    `profile=${machine.world.whole?.kernel ?? ""}`,
    ...(options.claims === "all" ? [] : [`claims=${options.claims}`]),
    ...(options.lookAhead ? ["look-ahead"] : []),
    `cpus=${cpus}`,
    `pages=${pages}`,
    `geometry=${geometry.name}`,
    `pcp-batch=${geometry.pcpBatch}`,
    `pcp-high=${geometry.pcpHigh}`,
    `mms=${mms}`,
    `worker-delay=${options.workerDelayMicros}`,
    `inject=${options.injectEvery}`,
  ].join(",");
}

function factsOf({ meta, start, machine, requests, summary, options }: FinishedReplay): TraceFacts {
  return {
    file: options.file,
    workload: meta.workload,
    kernelRelease: meta.kernelRelease,
    cpus: machine.world.cpus,
    pages: machine.world.pages,
    pagesFreeAtStart: start.pagesFree,
    startState: start.source,
    lines: summary.lines,
    events: summary.events,
    unparsed: summary.unparsed,
    lost: lostEvents(summary),
    backwardTimestamps: summary.backwardTimestamps,
    clock: summary.clock,
    flagWords: requests.words,
    flagWordsSensitive: requests.sensitive,
  };
}

const ALL_MOVABLE = "the types of pageblocks at the start: all movable, as at boot";

function workOf(replayer: Replayer): ReplayWork {
  const { runner, workers, watch } = replayer;
  return {
    calls: replayer.calls,
    splits: replayer.pieces.splits,
    inferredFrees: replayer.inferredFrees,
    hiddenAllocations: replayer.hiddenAllocations,
    samePage: replayer.samePage,
    refaults: replayer.loop?.refaults ?? 0,
    microSteps: watch.microSteps,
    microStepsByCost: runner.costs,
    flushes: runner.costs.wait,
    ipis: runner.costs.ipi,
    workerRuns: workers.runs,
    batches: workers.batches,
    queueBlocksMax: workers.queueBlocksMax,
  };
}

function inferredOf({ meta, start, summary, replayer, options }: FinishedReplay): string[] {
  const facts: string[] = [];
  if (meta.source === "inferred") facts.push("CPUs, zones and per-CPU list sizes: no meta file lies beside the trace");
  if (meta.kernelSource === "assumed")
    facts.push(`flag values: those of kernel ${meta.kernel}, the trace names no known one`);
  if (start.source === "inferred")
    facts.push("the start state: all memory is free but the pages that the trace frees before it allocates them");
  else if (start.fair === undefined) {
    facts.push("pages on per-CPU lists at the start: they are in no free map and count as allocated");
  }
  facts.push(...(start.fair === undefined ? [ALL_MOVABLE] : fairStartText(start.fair, replayer.hiddenAllocations)));
  if (replayer.inferredFrees > 0)
    facts.push(`${replayer.inferredFrees} frees: the trace allocates pages that counted as live`);
  if (replayer.strayEvents > 0)
    facts.push(
      `the CPU of ${replayer.strayEvents} events: the trace tells none, or one that the meta file does not have`,
    );
  if (summary.clock === "none") facts.push("time: the trace tells none, threads run at the next event of their CPU");
  if (summary.clock === "ticks") facts.push("time: the clock counts ticks, and the worker delay with it");
  if (options.injectEvery > 0)
    facts.push(`contexts that recordings lack: one synthetic call in ${options.injectEvery}, see synthetic`);
  return facts;
}
