import { describe, expect, it } from "vitest";
import { runCounters } from "../../../harness/run-counters.ts";
import type { Counterexample } from "../../../model/counterexample.ts";
import { perfettoText, type TraceEvent } from "../../../report/formats/perfetto.ts";
import { AREAS, sampleRun } from "./sample-runs.ts";

function eventsOf(run: Counterexample): TraceEvent[] {
  return (JSON.parse(perfettoText(run, runCounters(run))) as { traceEvents: TraceEvent[] }).traceEvents;
}

function timed(events: readonly TraceEvent[]): TraceEvent[] {
  return events.filter(({ ph }) => ph !== "M");
}

/** The slice an importer binds a point of a flow to: the innermost one of its thread that is open then. */
function enclosing(events: readonly TraceEvent[], { tid, ts = 0 }: TraceEvent): TraceEvent | undefined {
  return events.findLast(
    (slice) => slice.ph === "X" && slice.tid === tid && (slice.ts ?? 0) < ts && ts < (slice.ts ?? 0) + (slice.dur ?? 0),
  );
}

/** What an importer that keeps a stack for each thread would complain of. */
function badlyNested(events: readonly TraceEvent[]): TraceEvent[] {
  const open = new Map<number, number[]>();
  return events.filter(({ ph, tid, ts = 0, dur = 0 }) => {
    if (ph !== "X") return false;
    const ends = (open.get(tid) ?? []).filter((end) => end > ts);
    open.set(tid, [...ends, ts + dur]);
    return dur <= 0 || ends.some((end) => ts + dur > end);
  });
}

describe.each(AREAS)("the trace of a run of %s", (area) => {
  const run = sampleRun(area);
  const events = eventsOf(run);

  it("gives every event a process and a thread that are not the idle ones, and a finite time", () => {
    expect(events.filter(({ pid, tid }) => !(pid >= 1 && tid >= 1))).toEqual([]);
    expect(timed(events).filter(({ ts }) => !Number.isFinite(ts))).toEqual([]);
  });

  it("names one process, and one thread for each CPU before anything happens on it", () => {
    const names = events.filter(({ ph }) => ph === "M");
    expect(names.filter(({ name }) => name === "process_name")).toHaveLength(1);
    const threads = names.filter(({ name }) => name === "thread_name").map(({ tid }) => tid);
    expect(threads).toEqual(threads.map((_, at) => at + 1));
    expect(events.slice(names.length).filter(({ ph, tid }) => ph === "M" || !threads.includes(tid))).toEqual([]);
  });

  it("is sorted by time", () => {
    const times = timed(events).map(({ ts = 0 }) => ts);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("nests the slices of each thread and shows each micro-step once", () => {
    expect(badlyNested(events)).toEqual([]);
    const innermost = run.steps.map((_, at) =>
      events.filter((event) => event.ph === "X" && event.args?.step === at + 1),
    );
    expect(innermost.filter((slices) => slices.length === 0)).toEqual([]);
  });

  it("pairs flows under ids of their own, each from inside a sender's slice to inside the handler's", () => {
    const starts = events.filter(({ ph }) => ph === "s");
    const ends = events.filter(({ ph }) => ph === "f");
    expect(ends.map(({ id }) => id)).toEqual(starts.map(({ id }) => id));
    expect(new Set(starts.map(({ id }) => id)).size).toBe(starts.length);
    expect(ends.filter(({ bp, cat, name }) => bp !== "e" || cat !== "ipi" || name !== "IPI")).toEqual([]);
    for (const start of starts) expect(enclosing(events, start)?.name).toMatch(/send_ipi/);
    for (const end of ends) expect(enclosing(events, end)?.name).toMatch(/^IPI from cpu\d$/);
  });

  it("counts pages before the run and after every step, and marks the violation over everything at its end", () => {
    const free = events.filter(({ ph, name }) => ph === "C" && name === "free pages");
    expect(free).toHaveLength(run.steps.length + 1);
    expect(free.filter(({ args }) => typeof args?.pages !== "number")).toEqual([]);
    const marks = events.filter(({ ph }) => ph === "i");
    expect(marks).toMatchObject([{ s: "g", name: `${run.claim} violated`, ts: run.steps.length }]);
  });
});

describe("the trace", () => {
  it("shows both of a lost wakeup's IPIs as arrows", () => {
    const sent = sampleRun("progress").steps.filter(({ action }) => action.kind === "ipi").length;
    expect(sent).toBeGreaterThan(0);
    expect(eventsOf(sampleRun("progress")).filter(({ ph }) => ph === "f")).toHaveLength(sent);
  });

  it("nests an interrupt in the function it interrupts, and takes the function up again after it", () => {
    const slices = eventsOf(sampleRun("transitions")).filter(({ ph }) => ph === "X");
    const interrupt = slices.find(({ name }) => name === "device interrupt");
    const around = slices.filter(
      ({ ts = 0, dur = 0 }) => ts < (interrupt?.ts ?? 0) && ts + dur > (interrupt?.ts ?? 0) + (interrupt?.dur ?? 0),
    );
    expect(around.map(({ name }) => name)).toEqual(["syscall_user(2)", "syscall_user", "asi_enter", "__asi_enter"]);
  });
});
