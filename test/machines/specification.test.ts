import { describe, expect, test } from "vitest";

import { searchProduct } from "../../checker/product-search.ts";
import { type SpecificationSize, specification } from "../../machines/specification.ts";
import { tinySearch } from "./tiny-search.ts";

const COUNTS: readonly (readonly [SpecificationSize, number, number, number])[] = [
  [{ cpus: 1, pages: 1 }, 104, 826, 9],
  [{ cpus: 2, pages: 1 }, 912, 10_505, 12],
  [{ cpus: 2, pages: 2 }, 17_536, 291_744, 17],
  [{ cpus: 1, pages: 1, policy: "generations" }, 184, 1_538, 11],
  [{ cpus: 2, pages: 1, policy: "generations" }, 3_172, 40_170, 18],
  [{ cpus: 1, pages: 1, contexts: 2 }, 176, 1_410, 9],
];

const LARGER: typeof COUNTS = [
  [{ cpus: 2, pages: 3 }, 350_208, 7_691_904, 22],
  [{ cpus: 3, pages: 2 }, 286_752, 6_078_832, 20],
  [{ cpus: 2, pages: 2, policy: "generations" }, 72_816, 1_294_584, 23],
  [{ cpus: 2, pages: 2, contexts: 2 }, 47_488, 800_096, 17],
];

describe.each([...COUNTS, ...LARGER])("specification %j", (size, states, transitions, levels) => {
  const product = specification(size);

  test(`holds in all of its ${states} states, every move is possible and none of them is the last`, () => {
    const result = searchProduct(product);
    expect(result).toMatchObject({ states, transitions, levels, complete: true, neverEnabled: [] });
    expect(result.violations.every((violation) => violation === undefined)).toBe(true);
    expect(result.deadlocks.states).toBe(0);
  });

  test("reaches the dangerous situation behind each claim", () => {
    const ids = product.reach.map(({ id }) => id);
    const result = searchProduct({ ...product, claims: product.reach }, { stopWhen: ids });
    expect(result.violations.map((found) => found?.claim)).toEqual(ids);
    const claimed = product.claims.map(({ id }) => `REACH-${id}`);
    expect(ids.sort()).toEqual(claimed.filter((id) => size.cpus > 1 || id !== "REACH-S5").sort());
  });
});

test.each(COUNTS)("engine and referee agree on %j", (size, states, transitions, levels) => {
  const product = specification(size);
  const result = tinySearch(product, product.claims);
  expect(result).toMatchObject({ states, transitions, levels });
  expect(result.violated.size).toBe(0);
  expect(result.taken.size).toBe(product.vectors.length);
});

test("the counts are a sum over what the CPUs do, with and without exploring", () => {
  const explored = [...COUNTS, ...LARGER].filter(([size]) => size.contexts === undefined && size.policy === undefined);
  expect(explored.map(([{ cpus, pages }]) => closedForm(cpus, pages))).toEqual(explored.map(([, states]) => states));
  expect([closedForm(2, 4), closedForm(3, 3)]).toEqual([7_297_024, 6_282_368]);
});

/**
 * A page's column depends on the CPUs only through the number k of those that run restricted: 10 states in which no
 * translation is free, and two (pending, allocated unmapped) in which each of k is absent or stale, unless the page holds
 * a secret, which no stale translation has ever seen. An unrestricted CPU is idle, in a window, or waits for some of the
 * others; a restricted one is tense or relaxed.
 */
function closedForm(cpus: number, pages: number): number {
  let total = 0;
  for (let k = 0, ways = 1; k <= cpus; ways = (ways * (cpus - k)) / (k + 1), k++) {
    const column = 10 + 2 * (2 * 2 ** k + 1);
    const unrestricted = 3 + 2 ** (cpus - 1);
    total += ways * unrestricted ** (cpus - k) * 2 ** k * column ** pages;
  }
  return total;
}

test("names instances by what they stand for, a page's column in one piece", () => {
  const { instances } = specification({ cpus: 2, pages: 2 });
  expect(instances.map(({ name }) => name)).toEqual([
    "cpu[0]",
    "cpu[1]",
    "shootdown[0]",
    "shootdown[1]",
    "acknowledgement[0,1]",
    "acknowledgement[1,0]",
    "page[0]",
    "content[0]",
    "translation[0,0]",
    "translation[1,0]",
    "page[1]",
    "content[1]",
    "translation[0,1]",
    "translation[1,1]",
  ]);
});

test("a size outside the limits is the user's error, answered with the limit", () => {
  expect(() => specification({ cpus: 0, pages: 1 })).toThrow("cpus=0: the specification takes 1 to 4");
  expect(() => specification({ cpus: 2, pages: 9 })).toThrow("pages=9: the specification takes 1 to 8");
  expect(() => specification({ cpus: 2, pages: 1.5 })).toThrow("pages=1.5");
});
