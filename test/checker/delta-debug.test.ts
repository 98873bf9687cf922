import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deltaDebug } from "../../checker/delta-debug.ts";

/** Fails while it holds all of these, in whatever company. */
function holding<T>(...needed: readonly T[]): (candidate: readonly T[]) => readonly T[] | undefined {
  return (candidate) => (needed.every((item) => candidate.includes(item)) ? candidate : undefined);
}

function upTo(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}

describe("delta debugging", () => {
  it("finds the two of 1,000 items that matter in 39 tests", () => {
    const { items, tests, minimal } = deltaDebug(upTo(1000), holding(3, 700));
    expect({ items, tests, minimal }).toEqual({ items: [3, 700], tests: 39, minimal: true });
  });

  it("leaves nothing of a list that fails without any of its items", () => {
    expect(deltaDebug(upTo(64), (candidate) => candidate).items).toEqual([]);
  });

  it("leaves a list as it is when every item matters, and says that no single one can go", () => {
    const { items, minimal } = deltaDebug(upTo(9), holding(...upTo(9)));
    expect({ items, minimal }).toEqual({ items: upTo(9), minimal: true });
  });

  it("always answers a failing list from which no single item can go", () => {
    // Fails while it holds an even number of odd items, which is not monotone: more may fail less.
    const parity = (candidate: readonly number[]): readonly number[] | undefined => {
      const odd = candidate.filter((item) => item % 2 === 1).length;
      return odd > 0 && odd % 2 === 0 ? candidate : undefined;
    };
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }), (list) => {
        fc.pre(parity(list) !== undefined);
        const { items } = deltaDebug(list, parity);
        expect(parity(items)).toBeDefined();
        items.forEach((_, at) => {
          expect(parity(items.filter((_item, other) => other !== at))).toBeUndefined();
        });
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("goes on with what a candidate came down to, not with the candidate", () => {
    // What follows the last item that matters has no effect: the oracle drops it, as a run ends at its violation.
    const upToSix = (candidate: readonly number[]): readonly number[] | undefined => {
      const at = candidate.indexOf(6);
      return at < 0 ? undefined : candidate.slice(0, at + 1);
    };
    const { items, tests } = deltaDebug(upTo(512), upToSix);
    expect({ items, tests: tests < 30 }).toEqual({ items: [6], tests: true });
  });

  it("stops at the limit of tests and says that it is not done", () => {
    const { items, tests, minimal } = deltaDebug(upTo(1000), holding(3, 700), 5);
    expect({ left: items.length, tests, minimal }).toEqual({ left: 500, tests: 5, minimal: false });
  });

  it("never tests the same list as a whole: an oracle that always says no leaves it alone", () => {
    const seen: number[] = [];
    const { items } = deltaDebug(upTo(8), (candidate) => {
      seen.push(candidate.length);
      return undefined;
    });
    expect({ items: items.length, longest: Math.max(...seen) }).toEqual({ items: 8, longest: 7 });
  });
});
