import type { RunCounters } from "../../harness/run-counters.ts";
import { parseScope } from "../../harness/scope.ts";
import type { Counterexample, RecordedStep } from "../../model/counterexample.ts";
import { IPI_SENT } from "../../model/kernel-columns.ts";
import { type RunSlice, runSlices } from "./run-slices.ts";
import { safeJson } from "./safe-json.ts";

/** One entry of a Chrome trace. Units: `ts` and `dur` in µs, which here count micro-steps. */
export interface TraceEvent {
  readonly ph: "M" | "X" | "s" | "f" | "C" | "i";
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  readonly bp?: "e";
  readonly s?: "g";
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Perfetto keeps process 0 and thread 0 for the idle task. */
const PID = 1;
const IPI_CATEGORY = "ipi";
/** Points lie in the middle of a step, so that no rounding puts them into its neighbour. */
const MIDDLE = 0.5;

/**
 * A counterexample as a trace for ui.perfetto.dev or chrome://tracing: a thread for each CPU, slices for calls, functions and
 * micro-steps, an arrow from each IPI's sender to its handler, counters of pages, and the violation as a mark over everything.
 *
 * - **Shapes, units**: micro-step i of the run takes the time from i to i + 1 µs, whoever makes it. Counters begin before the
 *   first step; there are none where none are given.
 */
export function perfettoText(run: Counterexample, counters: readonly RunCounters[] = []): string {
  const { design, claim, scope, witness, minimality } = run;
  const otherData = { tool: "asilab", design, claim, scope, witness, minimality };
  const lines = traceEvents(run, counters).map((event) => JSON.stringify(event));
  return safeJson(
    `{"displayTimeUnit":"ns","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${lines.join(",\n")}\n]}\n`,
  );
}

/** The events of the trace: names first, then by time; what encloses stands before what it encloses. */
export function traceEvents(run: Counterexample, counters: readonly RunCounters[]): readonly TraceEvent[] {
  const timed = [
    ...runSlices(run).map((slice) => sliceEvent(slice, run.steps)),
    ...flowEvents(run.steps),
    ...counters.flatMap(counterEvents),
    violationEvent(run),
  ];
  return [...names(run), ...timed.sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0))];
}

function names(run: Counterexample): TraceEvent[] {
  const { cpus, mms } = parseScope(run.scope);
  const all = Math.max(cpus, ...run.steps.map((step) => step.action.cpu + 1));
  const threads = Array.from({ length: all }, (_, cpu): TraceEvent[] => [
    { ph: "M", pid: PID, tid: cpu + 1, name: "thread_name", args: { name: `cpu${cpu} mm${cpu % mms}` } },
    { ph: "M", pid: PID, tid: cpu + 1, name: "thread_sort_index", args: { sort_index: cpu } },
  ]);
  const process = { name: `asilab: ${run.claim} violated by ${run.design}` };
  return [{ ph: "M", pid: PID, tid: 1, name: "process_name", args: process }, ...threads.flat()];
}

function sliceEvent({ cpu, kind, name, from, to }: RunSlice, steps: readonly RecordedStep[]): TraceEvent {
  const changes = kind === "step" ? (steps[from]?.changes ?? []) : [];
  const told = Object.fromEntries(
    changes.map((change) => [`${change.column}${change.where}`, `${change.before} -> ${change.after}`]),
  );
  const args = { step: from + 1, ...told };
  return { ph: "X", pid: PID, tid: cpu + 1, name, cat: kind, ts: from, dur: to - from + 1, args };
}

/** One arrow per IPI that arrived: from the step that sent it to the handler's beginning on its target. */
function flowEvents(steps: readonly RecordedStep[]): TraceEvent[] {
  const sent = new Map<string, TraceEvent>();
  const flows: TraceEvent[] = [];
  steps.forEach(({ action, changes }, at) => {
    for (const change of changes) {
      if (change.column !== "ipi.request" || change.after !== String(IPI_SENT)) continue;
      sent.set(requestKey(change.where), flowEnd("s", action.cpu, at, 0));
    }
    const start = action.kind === "ipi" ? sent.get(`${action.peer} ${action.cpu}`) : undefined;
    if (start === undefined) return;
    sent.delete(`${action.peer} ${action.cpu}`);
    const id = flows.length / 2 + 1;
    flows.push({ ...start, id }, { ...flowEnd("f", action.cpu, at, id), bp: "e" });
  });
  return flows;
}

/** `0 1` of `[cpu 0][peer 1]`: who asks whom. */
function requestKey(where: string): string {
  return [...where.matchAll(/\d+/g)].map(([number]) => number).join(" ");
}

function flowEnd(ph: "s" | "f", cpu: number, at: number, id: number): TraceEvent {
  return { ph, pid: PID, tid: cpu + 1, name: "IPI", cat: IPI_CATEGORY, ts: at + MIDDLE, id };
}

function counterEvents({ pendingFlush, freePages, presentLeaves }: RunCounters, at: number): TraceEvent[] {
  const counts: [string, number | undefined][] = [
    ["pages pending flush", pendingFlush],
    ["free pages", freePages],
    ["present leaves", presentLeaves],
  ];
  return counts.flatMap(([name, pages]): TraceEvent[] =>
    pages === undefined ? [] : [{ ph: "C", pid: PID, tid: 1, name, ts: at, args: { pages } }],
  );
}

function violationEvent(run: Counterexample): TraceEvent {
  const cpu = run.steps.at(-1)?.action.cpu ?? 0;
  const args = { witness: run.witness, scope: run.scope };
  const name = `${run.claim} violated`;
  return { ph: "i", s: "g", pid: PID, tid: cpu + 1, name, cat: "violation", ts: run.steps.length, args };
}
