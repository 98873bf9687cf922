import { describe, expect, test } from "vitest";
import { LITMUS_FILES } from "./files.ts";
import { spinOutcomes, whatSpinLacks } from "./spin-outcomes.ts";

const reason = whatSpinLacks();

describe("the litmus files, refereed by Spin on Promela texts written by hand from the rules", () => {
  test.for(LITMUS_FILES)("$name ends in the same outcomes there", (litmus, context) => {
    context.skip(reason !== undefined, reason);
    const found = spinOutcomes(litmus.name);
    const wanted = Object.values(litmus.variants).map(({ allowed }, at) => [at, [...allowed].sort()] as const);
    expect(found).toEqual(new Map(wanted.filter(([, allowed]) => allowed.length > 0)));
  });
});
