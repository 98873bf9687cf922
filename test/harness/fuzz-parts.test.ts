import { describe, expect, test } from "vitest";

import { EMPTY_CORPUS, grown } from "../../harness/fuzz/corpus.ts";
import { type FuzzParts, fuzz, fuzzInParts, fuzzRange, fuzzShrink } from "../../harness/fuzz/fuzz.ts";
import { type FuzzOptions, STRATEGIES } from "../../harness/fuzz/options.ts";
import { recordedCalls } from "../../harness/fuzz/recorded-calls.ts";
import { parseScope, printScope } from "../../harness/scope.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { forgetOneCpu } from "../../impl/designs/canaries/canaries.ts";
import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { PORTS } from "../../platform/ports.ts";

const SAMPLE = "samples/net-20k.trace.gz";
const SMALL = parseScope("cpus=2,pages=8");
const recorded = await recordedCalls(SAMPLE, PORTS.openBytes(SAMPLE), "6.12");

/** Parts that are made here, the last first, each from a copy of what it is told: as threads would. */
function partsOf(design: Design, options: FuzzOptions): FuzzParts {
  let turn = Promise.resolve();
  const last = async <T>(work: () => T): Promise<T> => {
    const before = turn;
    let done = (): void => {};
    turn = new Promise((resolve) => {
      done = resolve;
    });
    await Promise.resolve();
    const result = structuredClone(work());
    await before;
    done();
    return result;
  };
  return {
    range: (range, corpus) => last(() => fuzzRange(design, options, range, structuredClone(corpus))),
    shrink: (claim, run, corpus) => last(() => fuzzShrink(design, options, claim, run, structuredClone(corpus))),
  };
}

describe("a campaign in parts", () => {
  test.each(STRATEGIES)("gives by %s what it gives whole, in two pieces or seven", async (strategy) => {
    const options = {
      runs: strategy === "target" ? 36 : 9,
      steps: 100,
      seed: 4,
      strategy,
      recorded,
      scope: SMALL,
    } as const;
    const whole = fuzz(asyncFree, options);
    expect(whole.runs).toBe(options.runs);
    for (const pieces of [2, 7]) {
      expect(await fuzzInParts(asyncFree, options, partsOf(asyncFree, options), pieces)).toEqual(whole);
    }
  });

  test("of a broken design has the same violating runs and counterexamples, whole and in three pieces", async () => {
    const options = { runs: 36, steps: 100, seed: 4, strategy: "target", scope: SMALL } as const;
    const whole = fuzz(forgetOneCpu, options);
    expect(whole.counterexamples.size).toBe(5);
    expect(await fuzzInParts(forgetOneCpu, options, partsOf(forgetOneCpu, options), 3)).toEqual(whole);
  });

  test("ends with the row that was interrupted, whatever the rows behind it found", async () => {
    const options = { runs: 12, steps: 100, seed: 1, scope: SMALL };
    const parts = partsOf(forgetOneCpu, options);
    const stopped: FuzzParts = {
      ...parts,
      range: async ({ from, to }) => {
        let runs = 0;
        const shouldStop = (): boolean => from === 4 && ++runs === 2;
        return fuzzRange(forgetOneCpu, { ...options, shouldStop }, { from, to }, EMPTY_CORPUS);
      },
    };
    const cut = await fuzzInParts(forgetOneCpu, options, stopped, 3);
    expect([cut.runs, cut.interrupted]).toEqual([6, true]);
  });
});

describe("a path", () => {
  test.each(["pct", "target"] as const)("of %s leads to its run again, and to the same counterexample", (strategy) => {
    const options = { runs: 20, steps: 120, seed: 4, strategy, scope: SMALL };
    const first = fuzz(forgetOneCpu, options);
    const repeat = first.repeats.get("S8");
    expect(repeat?.command).toBe(
      `asilab fuzz canary-forget-one-cpu --steps 120 --seed 4 --path ${repeat?.path} --strategy ${strategy} --scope ${printScope(SMALL)}`,
    );
    const again = fuzz(forgetOneCpu, { ...options, path: repeat?.path ?? "" });
    expect(again.counterexamples.get("S8")).toEqual(first.counterexamples.get("S8"));
  });

  test("of a strategy whose runs are not drawn as schedules has no shrinks in it", () => {
    const options = { runs: 1, steps: 10, seed: 1, strategy: "pct", path: "0:1" } as const;
    expect(() => fuzz(forgetOneCpu, options)).toThrow(InputError);
  });
});

test("the strategy trace asks for recorded calls, and corner for a world in which a script means something", () => {
  const options = { runs: 1, steps: 10, seed: 1 };
  expect(() => fuzz(forgetOneCpu, { ...options, strategy: "trace" })).toThrow(/no recorded calls/);
});

test("recorded calls are allocations and the frees of them, each once", () => {
  const { calls, cpus } = recorded;
  expect([calls.length, cpus.length]).toEqual([calls.length, calls.length]);
  const freed = new Set<number>();
  calls.forEach((call, at) => {
    if (call >= 0) return;
    const of = -1 - call;
    expect([of < at, (calls[of] ?? -1) >= 0, freed.has(of)]).toEqual([true, true, false]);
    freed.add(of);
  });
  expect(calls.length).toBeGreaterThan(10_000);
});

test("a corpus keeps what adds something, in the order of the runs", () => {
  const entry = (...reached: string[]) => ({
    test: {
      world: { cpus: 1, pages: 8, mms: 2, irq: false, preempt: false, modes: false },
      workload: { sizes: ["page" as const], frees: 2 },
      schedule: new Uint32Array(1),
    },
    reached,
  });
  const corpus = grown(EMPTY_CORPUS, [entry("a", "b"), entry("b"), entry("b", "c")]);
  expect(corpus.entries.map(({ reached }) => reached)).toEqual([["a", "b"], ["c"]]);
  expect(corpus.seen).toEqual(["a", "b", "c"]);
});
