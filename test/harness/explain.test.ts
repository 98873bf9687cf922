import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Attempts } from "../../harness/attempts.ts";
import { explainRun } from "../../harness/explain/explain-run.ts";
import { findFate } from "../../harness/explain/fate.ts";
import { findDesign } from "../../harness/find-design.ts";
import { machineForRun, placeNames } from "../../harness/machine-for-run.ts";
import { resolveRecorded } from "../../harness/resolve-recorded.ts";
import { isProgress } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { explainText } from "../../report/explain-text.ts";
import { inkFor } from "../../report/ink.ts";
import { counterexampleOf, tidied } from "./changed-designs.ts";

/** One of each area: the allocator's worker, a flip under a lock, an interrupted transition, the direct map. */
const FORGETS = counterexampleOf("canary-forget-one-cpu", "S1");
const UNDER_LOCK = counterexampleOf("canary-flips-under-lock", "L1", "flip,cpus=2,calls=1+1,setup=flipped");
const INTERRUPTED = counterexampleOf("canary-interrupt-forgets", "S22", "transitions,calls=3,nmi=1");
const UNMIRRORED = counterexampleOf("canary-mirrors-nothing", "S14", "direct-map,calls=4");
const RUNS = [FORGETS, UNDER_LOCK, INTERRUPTED, UNMIRRORED].map((run) => [run.claim, run] as const);

function told(run: Counterexample, ascii = false): string[] {
  return explainText(explainRun(run), { places: placeNames(run), ink: inkFor(false), ascii });
}

describe("an explanation", () => {
  it("of canary-forget-one-cpu: a stale entry that nobody drops, sealed once the worker has begun before the next owner", () => {
    expect(told(FORGETS, true).join("\n")).toMatchInlineSnapshot(`
      "What fails
        it should hold, and does not: no CPU reaches a frame that holds another
          principal's secret
        cpu: 0; runs: mm0; pfn: 0; holds: secret(mm1); through: a stale translation

      What does not matter (27 variants tried)
          1  cpu0 alloc_pages(GFP_KERNEL): any CPU; any order up to 3
          4  cpu1 alloc_pages(GFP_HIGHUSER_MOVABLE|__GFP_SENSITIVE): any order up to
               3
        only as they are: events 2, 3

      Who wrote what it rests on (14 of 29 steps carry data)
          8  cpu0 asi_map_alloced_pages/set_present: the leaf of pfn 0 is set, cpu0
               may cache pfn 0, nonsensitive[pfn 0] no -> yes
          9  cpu0 alloc_pages/hand_out: pfn 0 holds public, pfn 0 allocated
         14  cpu1 asi_async_free/splice: pfn 0 -> batch list
         15  cpu1 asi_async_free/clear_leaf: cpu0 may hold a stale entry for pfn 0
               and is never made to drop it, the leaf of pfn 0 is cleared
         26  cpu1 alloc_pages/refill: pfn 0 in hand
         29  cpu1 alloc_pages/hand_out: pfn 0 holds secret(mm1)
        and 8 steps that led there (--json)

      When it was past help
        after step 12 of 29 (event 3, cpu1 asi_async_free) every schedule violates
          S1: the same calls of each CPU in the same order, everything else in any
          order, until all is at rest (45 states)
        before it, avoided by: cpu1
          alloc_pages(GFP_HIGHUSER_MOVABLE|__GFP_SENSITIVE), then cpu1
          asi_async_free"
    `);
  });

  it("of canary-flips-under-lock: who holds the lock, who spins with interrupts off, and either order will do", () => {
    const { failure, freedom, fate, slice } = explainRun(UNDER_LOCK);
    expect(failure).toMatchObject({
      conjunct: "whoever a CPU waits for will acknowledge",
      operands: { cpu: 1, at: "await_acks", silent: "cpu0 (interrupts off)" },
    });
    expect(freedom.anyOrder).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(freedom.breaks).toEqual([
      { event: 1, after: [1, 2, 3] },
      { event: 2, after: [7, 12, 13, 14, 15, 16, 17, 18, 19] },
    ]);
    expect(slice.seeds.filter(({ step }) => step !== undefined)).toEqual([
      { cell: "cpu.pc[cpu 0]", value: "alloc_pages/refill_lock", step: 3 },
      { cell: "cpu.pc[cpu 1]", value: "flush_tlb_kernel_range/await_acks", step: 20 },
      { cell: "ipi.request[cpu 1][peer 0]", value: "1", step: 19 },
      { cell: "cpu.irqsOff[cpu 0]", value: "1", step: 8 },
      { cell: "cpu.irqsOff[cpu 1]", value: "1", step: 12 },
      { cell: "cpu.spinning[cpu 0]", value: "yes", step: 8 },
      { cell: "cpu.lockHolder[lock 0]", value: "cpu1", step: 12 },
    ]);
    expect(fate).toMatchObject({ kind: "sealed", step: 12, states: 29 });
  });

  it("of canary-interrupt-forgets: the target was set, and the interrupt's own choice sealed it", () => {
    const { failure, fate, slice } = explainRun(INTERRUPTED);
    expect(failure.operands).toEqual({ cpu: 0, target: 2, runs: "the unrestricted address space" });
    expect(slice.links.filter(({ distance }) => distance === 1).map(({ text }) => text)).toEqual([
      "asi_enter/set_target",
    ]);
    expect(fate).toMatchObject({ kind: "sealed", step: 9 });
  });

  it("of canary-mirrors-nothing: violated from the beginning, whatever the schedule", () => {
    const { failure, fate, freedom } = explainRun(UNMIRRORED);
    expect(failure.operands).toEqual({ pfn: 1, restricted: "writable", direct: "read-only" });
    expect(fate).toEqual({ kind: "sealed", step: 0, instead: [], states: 19 });
    expect(freedom).toMatchObject({ needless: [], tried: 7, variants: 7 });
  });

  it.each(RUNS)("of %s is plain data, and at most 80 columns of 7-bit text", (_, run) => {
    const explanation = explainRun(run);
    expect(structuredClone(explanation)).toEqual(explanation);
    const lines = told(run, true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join("\n")).toMatch(/^[\n -~]*$/);
  });

  it("is the same for a design that was tidied: steps renamed, a column added", () => {
    const design = findDesign("canary-forget-one-cpu");
    const { slice, freedom, fate } = explainRun(FORGETS, { designs: [tidied(design)] });
    const before = explainRun(FORGETS);
    expect({ freedom, fate }).toEqual({ freedom: before.freedom, fate: before.fate });
    expect(slice.links.map(({ step }) => step)).toEqual(before.slice.links.map(({ step }) => step));
  });

  it("says what it left untried at its bounds, and decides nothing there", () => {
    const { freedom, fate } = explainRun(UNDER_LOCK, { maxVariants: 5, maxStates: 10 });
    expect(freedom).toMatchObject({ tried: 5, variants: 31 });
    expect(fate).toEqual({ kind: "unknown", step: 12, states: 11 });
  });
});

describe("what an explanation claims", () => {
  it.each(RUNS)("no event of %s is needless: without it, by the letter, the claim holds", (claim, run) => {
    const { freedom, events } = explainRun(run);
    const attempts = new Attempts(machineForRun(run), claim);
    const actions = run.steps.map(({ action }) => action);
    for (const { number, firstStep, lastStep } of events) {
      if (freedom.needless.includes(number)) continue;
      const without = actions.filter((_, at) => at + 1 < firstStep || at + 1 > lastStep);
      expect(attempts.named(without).violated).toBe(false);
    }
  });

  it.each(RUNS)("of %s, no random schedule of the remaining calls escapes once it is sealed", (_, run) => {
    const { numbers, after } = fateOf(run);
    const calls = run.steps.slice(after).filter(({ action }) => CALLS.has(action.kind));
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 150, maxLength: 150 }), (choices) => {
        expect(violatedBySchedule(run, numbers.slice(0, after), calls, choices)).toBe(true);
      }),
      { seed: 7, numRuns: 15 },
    );
  });

  it.each(RUNS.filter(([claim]) => claim !== "S14"))(
    "of %s, the schedule that avoids it before comes to its end without a violation",
    (claim, run) => {
      const { after, instead } = fateOf(run);
      const actions = [...run.steps.slice(0, after - 1).map(({ action }) => action), ...instead];
      const attempt = new Attempts(machineForRun(run), claim).named(actions);
      expect(attempt).toMatchObject({ violated: false, kept: actions.map((_, at) => at) });
    },
  );
});

it("every witness names the part of its claim that fails, and the values it speaks of", () => {
  const folders = ["properties", "properties/safety", "properties/liveness", "properties/refinement"];
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  const lacking = files
    .filter((file) => file.endsWith(".ts"))
    .filter((file) => {
      const text = readFileSync(file, "utf8");
      const count = (pattern: RegExp) => [...text.matchAll(pattern)].length;
      const witnesses = count(/ text: `/g);
      return witnesses !== count(/conjunct: /g) || witnesses !== count(/operands: /g);
    });
  expect(lacking).toEqual([]);
});

const CALLS: ReadonlySet<string> = new Set(["alloc", "free", "call", "interrupt"]);

function fateOf(run: Counterexample) {
  const actions = run.steps.map(({ action }) => action);
  const numbers = new Attempts(machineForRun(run), run.claim).named(actions).taken;
  const bound = { maxStates: 1000, shouldStop: () => false };
  return { numbers, ...findFate(machineForRun(run), numbers, run.claim, bound) };
}

/** Goes on from a prefix by chance: whatever moves by itself, or the next call of a CPU; then asks whether the claim was violated. */
function violatedBySchedule(
  run: Counterexample,
  prefix: readonly number[],
  calls: readonly Counterexample["steps"][number][],
  choices: readonly number[],
): boolean {
  const machine = machineForRun(run);
  for (const action of prefix) machine.perform(action);
  const taken = [...prefix];
  const left = [...calls];
  for (const choice of choices) {
    const moves: (() => boolean)[] = [];
    const here = machine.state.words.slice();
    machine.enumerate((action) => {
      if (isProgress(action)) moves.push(() => machine.perform(action) && taken.push(action) > 0);
    });
    const next = left.filter(
      ({ action }, at) => left.findIndex(({ action: other }) => other.cpu === action.cpu) === at,
    );
    for (const call of next) moves.push(() => makeCall(machine, taken, left, call));
    if (!moves.some((_, at) => moves[(at + choice) % moves.length]?.() === true)) break;
    expect(machine.state.words).not.toEqual(here);
  }
  return new Attempts(machineForRun(run), run.claim).numbered(taken).violated;
}

function makeCall(
  machine: ReturnType<typeof machineForRun>,
  taken: number[],
  left: Counterexample["steps"][number][],
  call: Counterexample["steps"][number],
): boolean {
  const action = resolveRecorded(machine, call.action);
  if (typeof action !== "number" || !machine.perform(action)) return false;
  taken.push(action);
  left.splice(left.indexOf(call), 1);
  return true;
}
