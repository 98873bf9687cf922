import { describe, expect, it } from "vitest";
import {
  fallbacksOf,
  isDetermined,
  mayMerge,
  maySteal,
  onPcplists,
  typesIn,
} from "../../harness/trace-validate/rules.ts";
import { FALLBACKS } from "../../impl/mm/freetype.ts";

const ORDERS = Array.from({ length: 11 }, (_, order) => order);

describe("the validator's own rules", () => {
  it("fall back in the same order as the model, which was written apart", () => {
    for (const type of [0, 1, 2, 3, 4, 5]) expect(fallbacksOf(type)).toEqual(FALLBACKS[type] ?? []);
  });

  it("keep blocks of orders 0 to 3 and 9 on pcplists", () => {
    expect(ORDERS.filter(onPcplists)).toEqual([0, 1, 2, 3, 9]);
  });

  it("let movable requests steal pageblocks from order 4 up only, the others always", () => {
    expect(ORDERS.filter((order) => maySteal(order, 1))).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(ORDERS.filter((order) => maySteal(order, 0) && maySteal(order, 2))).toEqual(ORDERS);
  });

  it("merge unlike pageblocks unless one of them is of a type without fallbacks", () => {
    expect(mayMerge(9, 0, 1 << 1)).toBe(true);
    expect(mayMerge(9, 3, 1 << 1)).toBe(false);
    expect(mayMerge(9, 1, 1 << 3)).toBe(false);
    expect(mayMerge(9, 3, 1 << 3)).toBe(true);
    expect(mayMerge(8, 3, 1 << 1)).toBe(true);
  });

  it("hold sets of types as bits", () => {
    expect(typesIn(0b1010)).toEqual([1, 3]);
    expect([0, 0b1, 0b11, 0b1000].map(isDetermined)).toEqual([false, true, false, true]);
  });
});
