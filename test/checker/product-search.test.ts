import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { searchProduct } from "../../checker/product-search.ts";
import { initialLocals, takeVector, violatesClaim } from "../../checker/product-step.ts";
import type { ProductSystem } from "../../checker/product-system.ts";
import { search } from "../../checker/search.ts";
import { plainProductSearch } from "./plain-product-search.ts";
import { randomProduct } from "./random-product.ts";
import { Builder, component, referenceModel } from "./reference-model.ts";
import { referenceTransitions } from "./reference-transitions.ts";

describe("product search › the reference model", () => {
  test.each([
    { pages: 4, cpus: 2, states: 92_945, transitions: 934_597, levels: 22 },
    { pages: 5, cpus: 2, states: 1_334_363, transitions: 16_732_082, levels: 27 },
    { pages: 4, cpus: 3, states: 1_387_233, transitions: 18_979_061, levels: 26 },
  ])(
    "$pages pages, $cpus CPUs: $states states, $transitions transitions, $levels levels, claim never violated",
    (row) => {
      const { pages, cpus, ...counts } = row;
      const result = searchProduct(referenceModel({ pages, cpus }));
      expect(result).toMatchObject({ ...counts, complete: true, neverEnabled: [], deadlocks: { states: 0 } });
      expect(result.violations).toEqual([undefined]);
    },
  );

  test.each([
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 2],
    [2, 3],
  ])("both engines and both texts agree at %i pages, %i CPUs, waiting or not", (pages, cpus) => {
    for (const completeWaits of [true, false]) {
      const product = searchProduct(referenceModel({ pages, cpus, completeWaits }));
      const { states, transitions, levels, violations } = search(referenceTransitions(pages, cpus, completeWaits));
      expect(product).toMatchObject({ states, transitions, levels, complete: true });
      expect(product.violations[0]?.vectors.length).toBe(violations[0]?.depth);
    }
  });

  test("finds the 7-event counterexample of the shootdown that does not wait", () => {
    const [violation] = searchProduct(referenceModel({ pages: 4, cpus: 2, completeWaits: false })).violations;
    expect(violation?.vectors).toEqual([
      "allocN(p0)",
      "free(p0)",
      "fill(c0, p0)",
      "enqueue(p0)",
      "send",
      "complete",
      "allocS(p0)",
    ]);
  });
});

describe("product search › the walking variant", () => {
  test.each([
    { pages: 2, cpus: 2, states: 1_581, transitions: 8_850, levels: 16 },
    { pages: 3, cpus: 2, states: 50_373, transitions: 418_720, levels: 23 },
    { pages: 4, cpus: 2, states: 1_528_725, transitions: 16_815_070, levels: 30 },
  ])("$pages pages, $cpus CPUs: $states states, and the claim holds though walks are in flight", (row) => {
    const { pages, cpus, ...counts } = row;
    const result = searchProduct(referenceModel({ pages, cpus, fills: "walking" }));
    expect(result).toMatchObject({ ...counts, complete: true, neverEnabled: [], violations: [undefined] });
  });

  test("an acknowledgement that forgets the walks lets one cache a page that has become sensitive", () => {
    const [violation] = searchProduct(referenceModel({ pages: 2, cpus: 1, fills: "walk-survives" })).violations;
    expect(violation?.vectors).toHaveLength(9);
    expect(violation?.vectors).toContain("finish(c0, p0)");
  });
});

describe("product search › limits", () => {
  const model = referenceModel({ pages: 2, cpus: 1 });
  const { states, levels } = searchProduct(model);

  test("a limit equal to the number of states leaves the search complete, one less does not", () => {
    expect(searchProduct(model, { maxStates: states })).toMatchObject({ states, complete: true });
    const cut = searchProduct(model, { maxStates: states - 1 });
    expect(cut).toMatchObject({ states: states - 1, complete: false, stoppedBy: "states" });
  });

  test("as many levels as there are leave the search complete, one less does not", () => {
    expect(searchProduct(model, { maxLevels: levels })).toMatchObject({ levels, complete: true });
    const cut = searchProduct(model, { maxLevels: levels - 1 });
    expect(cut).toMatchObject({ states, levels, complete: false, stoppedBy: "levels" });
  });

  test("an interrupt ends the search after the level", () => {
    const cut = searchProduct(model, { onLevel: ({ depth }) => depth < 2 });
    expect(cut).toMatchObject({ levels: 4, complete: false, stoppedBy: "interrupted" });
  });

  test("a violated claim asked for ends the search after its level; the counterexample is the same", () => {
    const broken = referenceModel({ pages: 3, cpus: 2, completeWaits: false });
    const cut = searchProduct(broken, { stopWhen: ["sensitive-unreachable"] });
    expect(cut).toMatchObject({ levels: 8, complete: false, stoppedBy: "claims" });
    expect(cut.violations).toEqual(searchProduct(broken).violations);
  });

  test("a wrong guess of the number of states changes nothing", () => {
    expect(searchProduct(model, { expectedStates: 1_000_000 })).toEqual(searchProduct(model));
  });
});

describe("product search › products drawn at random", () => {
  const sample = { seed: 20_240_613, numRuns: 400 };

  test("agrees with a textbook search in every count and in the length of every counterexample", () => {
    const agrees = (system: ProductSystem): void => {
      const result = searchProduct(system);
      const { deadlocks, depths, ...counts } = plainProductSearch(system);
      expect(result).toMatchObject({ ...counts, complete: true });
      expect(result.deadlocks.states).toBe(deadlocks);
      expect(result.violations.map((violation) => violation?.vectors.length)).toEqual(depths);
    };
    fc.assert(fc.property(randomProduct(), agrees), sample);
  });

  test("every path replays on the tables and ends in the state it says", () => {
    const replays = (system: ProductSystem): void => {
      const { violations, deadlocks } = searchProduct(system);
      for (const [claim, violation] of violations.entries()) {
        if (violation !== undefined) {
          expect(replay(system, violation.vectors)).toEqual(violation.end);
          expect(violatesClaim(system, violation.end, claim)).toBe(true);
        }
      }
      if (deadlocks.first !== undefined) {
        expect(replay(system, deadlocks.first.vectors)).toEqual(deadlocks.first.end);
      }
    };
    fc.assert(fc.property(randomProduct(), replays), sample);
  });
});

describe("product search › code generation", () => {
  const WHEEL = component("wheel", ["a", "b", "c", "d", "e"], {
    turn: { a: "b", b: "c", c: "d", d: "e" },
    reset: { b: "a", c: "a", d: "a", e: "a" },
  });

  test("packs 25 wheels of three bits into three words, and a broadcast moves whoever can move", () => {
    const build = new Builder([WHEEL]);
    const all = Array.from({ length: 25 }, (_, index) => build.instance(WHEEL, `wheel[${index}]`));
    build.vector("turn first and last", "kernel", [
      [all[0], "turn"],
      [all[24], "turn"],
    ]);
    build.vector(
      "turn all",
      "kernel",
      all.map((wheel) => [wheel, "turn", true]),
    );
    build.vector(
      "reset all",
      "kernel",
      all.map((wheel) => [wheel, "reset", true]),
    );
    const system = { ...build.parts(), claims: [] };
    expect(searchProduct(system)).toMatchObject({ ...agreed(system), complete: true });
  });

  test("splits 1,000 vectors into several functions without losing one", () => {
    const build = new Builder([WHEEL]);
    const wheels = [build.instance(WHEEL, "left"), build.instance(WHEEL, "right")];
    for (let index = 0; index < 1000; index++) {
      build.vector(`v${index}`, "kernel", [[wheels[index % 2], index < 500 ? "turn" : "reset"]]);
    }
    const { states, transitions } = searchProduct({ ...build.parts(), claims: [] });
    expect({ states, transitions }).toEqual({ states: 25, transitions: 20_000 });
  });

  test("refuses a vector in which one instance takes part twice", () => {
    const build = new Builder([WHEEL]);
    const wheel = build.instance(WHEEL, "wheel");
    build.vector("twice", "kernel", [
      [wheel, "turn"],
      [wheel, "reset"],
    ]);
    expect(() => searchProduct({ ...build.parts(), claims: [] })).toThrow("nobody takes part twice in twice");
  });
});

function agreed(system: ProductSystem): object {
  const { states, transitions, levels } = plainProductSearch(system);
  return { states, transitions, levels };
}

function replay(system: ProductSystem, names: readonly string[]): Int32Array | undefined {
  let locals: Int32Array | undefined = initialLocals(system);
  for (const name of names) {
    const vector = system.vectors.find((candidate) => candidate.name === name);
    locals = vector === undefined || locals === undefined ? undefined : takeVector(system, locals, vector);
  }
  return locals;
}
