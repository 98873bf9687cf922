import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCorpus } from "../../harness/corpus/read.ts";
import { type CorpusReport, replayCorpus, withExpectations } from "../../harness/corpus/run.ts";
import { callLine, callsOfLines } from "../../harness/corpus/scripted-call.ts";
import { searchSchedules } from "../../harness/corpus/scripted-search.ts";
import { findDesign } from "../../harness/find-design.ts";
import { machineForRun } from "../../harness/machine-for-run.ts";
import { replay } from "../../harness/replay.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import { InputError } from "../../model/failure.ts";

const FOLDER = "test/fixtures/corpus";
const ENTRIES = readCorpus(
  readdirSync(FOLDER).map((file) => ({ file, text: readFileSync(`${FOLDER}/${file}`, "utf8") })),
);
const LIMITS = { maxStates: 10_000 };

function searched(design: string, lines: readonly string[], claim = "S1", scope = "cpus=2,pages=8,calls=2+2") {
  const calls = callsOfLines(lines);
  const machine = machineForRun({ design, scope, steps: calls.map(({ action }) => ({ action })) });
  return searchSchedules(machine, calls, claim, LIMITS);
}

function statesOf(report: CorpusReport, file: string): Record<string, number> {
  const cells = report.rows.find((row) => row.file === file)?.cells ?? [];
  return Object.fromEntries(cells.map(({ design, states }) => [design, states]));
}

describe("the schedules of an entry's calls", () => {
  it.each(ENTRIES)("$file: hold the bug again, by no more steps than the recorded run", ({ entry }) => {
    const { design, scope, calls, claim, actions } = entry;
    const steps = actions.map((action) => ({ action }));
    const found = searchSchedules(machineForRun({ design, scope, steps }), calls, claim, LIMITS);
    expect(found.verdict).toBe("violated");
    expect(found.path?.length).toBeLessThanOrEqual(actions.length);
  });

  it("are few: a search of them answers where the recorded steps mean nothing", () => {
    const siblings = ["async-free", "flip-probe", "asi-probe", "batch-probe"].map((id) => findDesign(id));
    const report = replayCorpus(ENTRIES, siblings);
    expect(report.unmet).toEqual([]);
    expect(statesOf(report, "S1-b92e7aec.json")).toEqual({
      "async-free": 72,
      "flip-probe": 28,
      "asi-probe": 30,
      "batch-probe": 210,
    });
    expect(statesOf(report, "DEADLOCK-c7b319ce.json")).toEqual({
      "async-free": 0,
      "flip-probe": 24,
      "asi-probe": 1228,
      "batch-probe": 529,
    });
  });
});

describe("calls with blocks by name", () => {
  const STORY = [
    "cpu0 alloc request=GFP_KERNEL order=0 as=a",
    "cpu1 free block=a",
    "cpu1 alloc request=GFP_HIGHUSER_MOVABLE|__GFP_SENSITIVE order=0",
  ];

  it("are the same lines when written again", () => {
    const lines = [...STORY, "cpu0 free block=start/2+1", "cpu0 call call=asi_exit", "cpu1 call call=x args=1+2 as=f"];
    expect(callsOfLines(lines).map(callLine)).toEqual(lines);
  });

  it("are made on each CPU in their order: a block is not freed before it is given", () => {
    expect(searched("canary-forget-one-cpu", STORY)).toMatchObject({ verdict: "violated" });
    expect(searched("async-free", STORY)).toEqual({ verdict: "holds", states: 72 });
  });

  it("leave out the free of what was refused", () => {
    const greedy = Array.from({ length: 5 }, (_, i) => `cpu0 alloc request=GFP_KERNEL order=0 as=${"abcde"[i]}`);
    const lines = [...greedy, "cpu1 free block=e"];
    expect(searched("async-free", lines, "S17", "cpus=2,pages=4,calls=5+1")).toMatchObject({ verdict: "holds" });
  });

  it("that a design cannot make leave nothing said: n/a, with the call", () => {
    const interrupt = searched("async-free", ["cpu0 interrupt call=irq"]);
    expect(interrupt).toMatchObject({
      verdict: "n/a",
      reason: 'no schedule comes to the call "cpu0 interrupt call=irq"',
    });
  });

  it.each([
    ["a CPU that the world lacks", ["cpu9 alloc request=GFP_KERNEL order=0"], "there is no cpu9"],
    ["an order above its largest", ["cpu0 alloc request=GFP_KERNEL order=20"], "no block of order 20"],
    ["300 calls of one CPU", Array(300).fill("cpu0 alloc request=GFP_KERNEL order=0"), "asked for 300 calls"],
    ["a request that nobody knows", ["cpu0 alloc request=NOPE order=0"], "no schedule comes to the call"],
    ["lists of a CPU that is not there", ["cpu0 drain peer=7"], "no schedule comes to the call"],
  ])("that ask for %s are n/a with the reason", (_what, lines: readonly string[], reason) => {
    expect(searched("async-free", lines)).toMatchObject({ verdict: "n/a", reason: expect.stringContaining(reason) });
  });

  it("are unknown, never held, when there are more states than may be stored", () => {
    const calls = callsOfLines(STORY);
    const origin = { design: "async-free", scope: "cpus=2,pages=8,calls=2+2", steps: [] };
    const found = searchSchedules(machineForRun(origin), calls, "S1", { maxStates: 10 });
    expect(found).toEqual({ verdict: "unknown", reason: "stopped at the limit of states", states: 10 });
  });
});

describe("an entry that somebody edited", () => {
  it("gives a report or one message, whatever its numbers are, and never a crash", () => {
    const texts = readdirSync(FOLDER).map((file) => readFileSync(`${FOLDER}/${file}`, "utf8"));
    const number = fc.constantFrom("0", "1", "2", "3", "7", "8", "31", "255", "4096", "16777216");
    const edited = fc.tuple(fc.constantFrom(...texts), fc.nat({ max: 40 }), number).map(([text, which, other]) => {
      let at = 0;
      return text.replace(/(?<=cpu|=|#|\/)\d+(?=[ "+])/g, (found) => (at++ === which ? other : found));
    });
    fc.assert(
      fc.property(edited, fc.constantFrom(...DESIGNS), (text, design) => {
        try {
          replayCorpus(readCorpus([{ file: "edited.json", text }]), [design], { maxStates: 500 });
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe("a corpus against all designs", () => {
  const report = replayCorpus(ENTRIES, DESIGNS);

  it("meets every expectation, and finds the same bug in designs that nobody named", () => {
    expect(report.unmet).toEqual([]);
    const [row] = report.rows.filter(({ file }) => file === "S1-b92e7aec.json");
    const violated = row?.cells.filter((cell) => cell.verdict === "violated").map(({ design }) => design);
    expect(violated).toEqual(expect.arrayContaining(["canary-free-before-flush", "canary-forget-one-cpu"]));
    const correct = report.rows
      .flatMap(({ cells }) => cells)
      .filter((cell) => findDesign(cell.design).breaks.length === 0);
    expect(correct.filter((cell) => cell.verdict !== "holds" && cell.verdict !== "n/a")).toEqual([]);
  });

  it("gives a counterexample that replays for each violation that was not expected", () => {
    expect(report.counterexamples.length).toBeGreaterThan(2);
    for (const run of report.counterexamples) expect(replay(run)).toMatchObject({ answer: "reproduced" });
  });

  it("says why a design has nothing to do with an entry", () => {
    const [row] = report.rows.filter(({ file }) => file === "S21-12873ece.json");
    const cell = row?.cells.find(({ design }) => design === "no-asi");
    expect(cell).toMatchObject({
      verdict: "n/a",
      how: "not run",
      completeness: expect.stringContaining("address spaces"),
    });
  });

  it("changes an entry's expectations by what was found, and by nothing that is unknown", () => {
    const [stored] = ENTRIES;
    const cell = { design: "x", verdict: "unknown", how: "searched", completeness: "", states: 1 } as const;
    expect(stored && withExpectations(stored.entry, [cell])).toEqual(stored?.entry);
    expect(stored && withExpectations(stored.entry, [{ ...cell, verdict: "holds" }]).expectations.x).toBe("holds");
  });
});
