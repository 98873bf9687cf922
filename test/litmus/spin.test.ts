import { beforeAll, describe, expect, test } from "vitest";
import { LITMUS_FILES } from "./files.ts";
import { type SpinOutcomes, spinOutcomes, whatSpinLacks } from "./spin-outcomes.ts";

const reason = whatSpinLacks();

describe("the litmus files, refereed by Spin on Promela texts written by hand from the rules", () => {
  let found: SpinOutcomes = new Map();

  beforeAll(() => {
    if (reason === undefined) found = spinOutcomes(LITMUS_FILES.map(({ name }) => name));
  });

  test.for(LITMUS_FILES)("$name ends in the same outcomes there", (litmus, context) => {
    context.skip(reason !== undefined, reason);
    const wanted = Object.values(litmus.variants).map(({ allowed }, at) => [at, [...allowed].sort()] as const);
    expect(found.get(litmus.name)).toEqual(new Map(wanted.filter(([, allowed]) => allowed.length > 0)));
  });
});
