import { expect, test } from "vitest";

import { searchProduct } from "../../checker/product-search.ts";
import { specification } from "../../machines/specification.ts";

/** The two scopes that the project answers for: every claim, every state. About 20 seconds each. */
test.each([
  [{ cpus: 2, pages: 4 }, 7_297_024, 200_849_408, 27],
  [{ cpus: 3, pages: 3 }, 6_282_368, 168_593_184, 25],
])(
  "every claim of the specification holds at %j, exhaustively",
  (size, states, transitions, levels) => {
    const result = searchProduct(specification(size), { expectedStates: states });
    expect(result).toMatchObject({ states, transitions, levels, complete: true, neverEnabled: [] });
    expect(result.violations.every((violation) => violation === undefined)).toBe(true);
    expect(result.deadlocks.states).toBe(0);
  },
  300_000,
);
