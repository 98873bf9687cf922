import { describe, expect, test } from "vitest";
import { LITMUS_FILES } from "./files.ts";
import { outcomesOf } from "./outcomes.ts";

describe.for(LITMUS_FILES)("$name: $statement", (litmus) => {
  test.for(Object.entries(litmus.variants))("%s ends exactly in its allowed outcomes", ([, variant]) => {
    const found = outcomesOf(litmus, variant);
    expect(found.outcomes).toEqual([...variant.allowed].sort());
    expect(variant.forbidden.filter((outcome) => variant.allowed.includes(outcome))).toEqual([]);
    console.log(
      litmus.name,
      found.states,
      found.outcomes.map((o) => found.events(o)),
    );
  });
});
