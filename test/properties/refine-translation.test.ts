import { expect, test } from "vitest";

import { checkTranslationRefinement } from "../../properties/refinement/refine-translation.ts";

test("every primitive on 1 CPU and 1 page moves the entry along the chart: 5 states", () => {
  const { states, transitions, violation } = checkTranslationRefinement(1, 1);
  expect({ states, transitions, violation }).toEqual({ states: 5, transitions: 25, violation: undefined });
});

test("every primitive on 2 CPUs and 2 pages moves every entry along the chart, and takes all of its 11 edges", () => {
  const { states, transitions, edges, violation } = checkTranslationRefinement(2, 2);
  expect(violation).toBeUndefined();
  // 25 with both CPUs in the protected context, 9 with either, 4 with none.
  expect({ states, transitions }).toEqual({ states: 47, transitions: 564 });
  expect(edges).toEqual([
    "absent → cached",
    "absent → fenced",
    "cached → stale",
    "cached → fenced-present",
    "stale → absent",
    "stale → cached",
    "stale → fenced",
    "fenced → absent",
    "fenced → fenced-present",
    "fenced-present → cached",
    "fenced-present → fenced",
  ]);
});
