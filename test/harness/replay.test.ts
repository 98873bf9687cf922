import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counterexampleName, counterexampleText, readCounterexample } from "../../harness/counterexample-file.ts";
import { findDesign } from "../../harness/find-design.ts";
import { fuzz } from "../../harness/fuzz/fuzz.ts";
import { replay } from "../../harness/replay.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { InputError } from "../../model/failure.ts";

const SCOPE = parseScope("cpus=2,pages=8,calls=2+2");

function counterexamplesOf(id: string): readonly Counterexample[] {
  const design = findDesign(id);
  const stopAt = design.breaks.map(({ claim }) => claim);
  const found = new Map<string, Counterexample>();
  for (const scope of design.worlds?.map((text) => parseScope(text)) ?? [SCOPE]) {
    for (const [claim, run] of verifyDesign(design, { scope, stopAt }).counterexamples) found.set(claim, run);
  }
  return [...found.values()].filter(({ claim }) => stopAt.includes(claim));
}

const FORGETS = counterexamplesOf("canary-forget-one-cpu");
const [S1] = FORGETS as [Counterexample];
const TEXT = counterexampleText(S1);
/** One of each part of ASI: flips, the direct map, transitions, interrupts, shootdowns, aliases. */
const IN_WORLDS = [
  "canary-merges-across",
  "canary-mirrors-present",
  "canary-split-in-place",
  "canary-slot-shows-user",
  "canary-forgets-aliases",
  "canary-falls-back-unmapped",
];

const PLAIN = DESIGNS.filter(({ canary, worlds }) => canary && worlds === undefined).map(({ id }) => id);
const CANARIES = [...PLAIN, ...IN_WORLDS];

describe("a counterexample file", () => {
  it.each(CANARIES)(
    "of each claim that %s breaks replays digest by digest, state by state, to the same witness",
    (id) => {
      const runs = counterexamplesOf(id);
      expect(runs.length).toBe(findDesign(id).breaks.length);
      for (const run of runs) {
        const report = replay(readCounterexample(counterexampleText(run), "file"));
        expect(report).toMatchObject({ answer: "reproduced", stepsDone: run.steps.length, hashesCompared: true });
        expect(report.run.witness).toBe(run.witness);
        expect(report.run.steps).toEqual(run.steps);
      }
    },
  );

  it.each(["canary-no-zero", "canary-keeps-mapped", "canary-lost-wakeup"])(
    "that fuzz wrote of %s in a random world, with blocks of other orders, replays as well",
    (id) => {
      for (const seed of [1, 2, 3]) {
        const found = fuzz(findDesign(id), { runs: 20, steps: 400, seed });
        for (const run of found.counterexamples.values()) {
          const report = replay(readCounterexample(counterexampleText(run), "file"));
          expect(report).toMatchObject({ answer: "reproduced", stepsDone: run.steps.length });
        }
      }
    },
  );

  it("holds, as ITF, the initial state and one state per micro-step", () => {
    const file = JSON.parse(TEXT);
    expect(file["#meta"]).toMatchObject({ design: "canary-forget-one-cpu", claim: "S1", events: 4, steps: 29 });
    expect(file.states).toHaveLength(30);
    expect(file.vars).toContain("hw_present");
    expect(file.states[0].hw_present).toEqual({ "#map": [] });
    expect(file.states[8]).toMatchObject({
      action: "cpu0 task: asi_map_alloced_pages/set_present",
      hw_present: { "#map": [[0, 1]] },
    });
  });

  it("has the same name and the same bytes for the same run", () => {
    expect(counterexampleName(S1)).toBe("canary-forget-one-cpu-S1-e614a8c8.itf.json");
    expect(counterexampleText(counterexamplesOf("canary-forget-one-cpu")[0] as Counterexample)).toBe(TEXT);
  });
});

describe("replay names the first divergence", () => {
  const edited = (edit: (meta: Record<string, unknown> & { run: Step[] }) => void) => {
    const file = JSON.parse(TEXT);
    edit(file["#meta"]);
    return replay(readCounterexample(JSON.stringify(file), "file"));
  };
  type Step = { action: Record<string, unknown>; digest: string; hash: string };

  it("a digest that differs: the step, both digests, and that the claim is violated all the same", () => {
    const report = edited(({ run }) => {
      (run[4] as Step).digest = "0123456789abcdef";
    });
    expect(report).toMatchObject({ answer: "violated-differently", stepsDone: 29, divergence: { step: 5 } });
    expect(report.divergence?.expected).toContain("0123456789abcdef");
  });

  it("a state hash that differs, only while the layout is that of the recording", () => {
    const spoil = (run: Step[]) => {
      (run[6] as Step).hash = "0123456789abcdef";
    };
    expect(edited(({ run }) => spoil(run))).toMatchObject({ divergence: { step: 7 }, hashesCompared: true });
    const moved = edited((meta) => {
      spoil(meta.run);
      meta.layout = "0123456789abcdef";
    });
    expect(moved).toMatchObject({ answer: "reproduced", hashesCompared: false });
  });

  it("a step that the machine is not at: where it is instead", () => {
    const report = edited(({ run }) => {
      (run[2] as Step).action.step = "no_such_step";
    });
    expect(report).toMatchObject({ answer: "diverged", stepsDone: 2 });
    expect(report.divergence).toEqual({
      step: 3,
      expected: "cpu0 alloc_pages/no_such_step",
      actual: "cpu0 is at alloc_pages/pcp_take, not at alloc_pages/no_such_step",
    });
  });

  it.each([
    [{ kind: "free", cpu: 1, pfn: 9000, order: 0 }, "there is no pfn 9000 in a world of 8 pages"],
    [{ kind: "ipi", cpu: 0, peer: 31 }, "there is no cpu31 in a world of 2 CPUs"],
    [{ kind: "alloc", cpu: 9, request: "GFP_KERNEL", order: 0 }, "there is no cpu9 in a world of 2 CPUs"],
    [{ kind: "worker", cpu: 0, worker: "nobody" }, "there is no worker nobody"],
  ])("a stranger's action %j: %s", (action, actual) => {
    const report = edited(({ run }) => {
      (run[0] as Step).action = action;
    });
    expect(report).toMatchObject({ answer: "diverged", stepsDone: 0, divergence: { step: 1, actual } });
  });

  it("a correct design: the run of the broken one diverges where the correct one sends its IPI", () => {
    const report = edited((meta) => {
      meta.design = "async-free";
      meta.layout = "0123456789abcdef";
    });
    expect(report).toMatchObject({ answer: "diverged", divergence: { step: 18 } });
    expect(report.divergence?.actual).toContain("flush_tlb_kernel_range/send_ipi");
  });

  it("not violated: a run that stops before its last step", () => {
    const file = JSON.parse(TEXT);
    file["#meta"].run.pop();
    file["#meta"].steps--;
    file.states.pop();
    expect(replay(readCounterexample(JSON.stringify(file), "file"))).toMatchObject({ answer: "not-violated" });
  });
});

describe("reading a stranger's file", () => {
  const withMeta = (changes: Record<string, unknown>) => {
    const file = JSON.parse(TEXT);
    Object.assign(file["#meta"], changes);
    return JSON.stringify(file);
  };

  it.each([
    ["not JSON", "hello", "CEX-NOT-JSON", "this is not JSON"],
    ["cut", TEXT.slice(0, 5000), "CEX-NOT-JSON", "ends too early"],
    ["another tool's", '{"vars": [], "states": []}', "CEX-FORMAT", "not a counterexample of asilab"],
    ["a list", "[]", "CEX-FORMAT", "not a counterexample of asilab"],
    ["another version", withMeta({ schema: 99 }), "CEX-SCHEMA", "version 99; this asilab reads version 1"],
    ["an unknown design", withMeta({ design: "async-fre" }), "UNKNOWN-DESIGN", 'did you mean "async-free"'],
    ["an unknown claim", withMeta({ claim: "S99" }), "UNKNOWN-CLAIM", 'no claim "S99"'],
    ["a bad scope", withMeta({ scope: "cpus=77" }), "BAD-SCOPE", "cpus=77"],
    ["fewer steps than states", withMeta({ run: [] }), "CEX-FORMAT", "do not fit"],
    ["a wrong field", withMeta({ witness: 7 }), "CEX-FORMAT", "#meta.witness"],
  ])("%s: an error with code, file and what is true", (_, text, code, says) => {
    expect(() => readCounterexample(text, "some.itf.json")).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/^some\.itf\.json: /) }),
    );
    expect(() => readCounterexample(text, "some.itf.json")).toThrow(says);
  });

  it("an order beyond the largest block is a step that cannot be done", () => {
    const file = JSON.parse(TEXT);
    file["#meta"].run[0].action.order = 20;
    const { answer, divergence } = replay(readCounterexample(JSON.stringify(file), "file"));
    expect([answer, divergence?.step]).toEqual(["diverged", 1]);
  });

  it("never ends in anything but a report or an InputError, whatever byte is changed", () => {
    const { states, ...rest } = JSON.parse(TEXT);
    const short = JSON.stringify({ ...rest, states: states.map(() => ({})) });
    fc.assert(
      fc.property(fc.nat(short.length - 1), fc.constantFrom("0", "9", '"', "x", "-", "}", "1e9", "null"), (at, put) => {
        const text = short.slice(0, at) + put + short.slice(at + 1);
        try {
          expect(replay(readCounterexample(text, "file")).stepsStored).toBe(29);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { seed: 20_250_114, numRuns: 400 },
    );
  });
});
