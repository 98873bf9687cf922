import { describe, expect, test } from "vitest";

import { searchProduct } from "../../checker/product-search.ts";
import { promelaText } from "../../machines/promela.ts";
import { type SpecificationSize, specification } from "../../machines/specification.ts";
import { runSpin, whatSpinLacks } from "../machines/run-spin.ts";

/** The two scopes with two mms and two slots that the project answers for, and two where leaving flushes nothing. */
const SCOPES: readonly (readonly [SpecificationSize, number, number, number])[] = [
  [{ cpus: 2, mms: 2, slots: 2, pages: 1 }, 673_132, 9_729_640, 27],
  [{ cpus: 1, mms: 2, slots: 2, pages: 3 }, 5_059_500, 97_282_475, 34],
  [{ cpus: 1, mms: 2, slots: 2, pages: 2, policy: "generations" }, 944_196, 15_911_885, 38],
  [{ cpus: 2, mms: 2, slots: 2, pages: 1, policy: "generations" }, 19_092_972, 365_760_600, 55],
];

/** Spin rounds what it counts from here on, and takes minutes; of the largest scope it stored 19,092,972 states as well. */
const SPIN_TRANSITIONS_MAX = 100_000_000;

describe.each(SCOPES)("the extended specification at %j", (size, states, transitions, levels) => {
  const product = specification(size);

  test("holds in every state, and every move is possible", () => {
    const result = searchProduct(product, { expectedStates: states });
    expect(result).toMatchObject({ states, transitions, levels, complete: true });
    expect(result.neverEnabled).toEqual([]);
    expect(result.deadlocks.states).toBe(0);
    expect(result.violations.filter((violation) => violation !== undefined)).toEqual([]);
  });

  test("has the same states and transitions in Spin", (context) => {
    const tooMany =
      transitions < SPIN_TRANSITIONS_MAX ? undefined : "Spin rounds the transitions of so large a product";
    const reason = tooMany ?? whatSpinLacks();
    context.skip(reason !== undefined, reason);
    expect(runSpin(promelaText(product), states)).toEqual({ states, transitions: transitions + 1, errors: 0 });
  });
});
