import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { DEFAULT_SCOPE, parseScope, printScope, SCOPE_KEYS, type Scope } from "../../harness/scope.ts";
import { SETUPS } from "../../harness/setups.ts";
import { InputError } from "../../model/failure.ts";
import { GEOMETRIES } from "../../model/geometry.ts";

const scopes: fc.Arbitrary<Scope> = fc.integer({ min: 1, max: 4 }).chain((cpus) =>
  fc.record({
    cpus: fc.constant(cpus),
    pages: fc.integer({ min: 1, max: 4096 }),
    geometry: fc.constantFrom(...GEOMETRIES),
    mms: fc.integer({ min: 1, max: 8 }),
    calls: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: cpus, maxLength: cpus }),
    setup: fc.constantFrom(...SETUPS.map(({ name }) => name)),
    irq: fc.boolean(),
    preempt: fc.boolean(),
    modes: fc.boolean(),
    translations: fc.constant("may-hold" as const),
    callMenu: fc.constant([]),
    allocates: fc.constant(true),
  }),
);

function refusal(text: string): InputError {
  try {
    parseScope(text);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  return expect.fail(`${text} was accepted`);
}

describe("a scope", () => {
  test("is read back as it was printed", () => {
    fc.assert(
      fc.property(scopes, (scope) => {
        expect(parseScope(printScope(scope))).toEqual(scope);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("that says nothing is the default", () => {
    expect(parseScope("")).toEqual(DEFAULT_SCOPE);
  });

  test("takes its keys in any order, with spaces", () => {
    expect(parseScope(" pages=16 , cpus=3,calls=1+2+3")).toEqual(parseScope("calls=1+2+3,cpus=3,pages=16"));
  });

  test("says its size in pageblocks of its geometry as well as in pages", () => {
    expect(parseScope("blocks=4")).toEqual(parseScope("pages=16"));
    expect(parseScope("geometry=medium,blocks=2,pages=32").pages).toBe(32);
  });

  test("prints the bound on context switches, and no bound as nothing", () => {
    expect(printScope(parseScope("switches=2"))).toMatch(/,switches=2$/);
    expect(printScope(parseScope("flip,switches=0"))).toMatch(/^flip,.*,switches=0$/);
    expect(parseScope("").switches).toBeUndefined();
  });

  test.each([
    ["cpu=2", /there is no scope key "cpu".*cpus/],
    ["cpus", /"cpus" is neither key=value nor a world/],
    ["cpus=", /not of the form/],
    ["pair,tiny", /the world "tiny" stands at the beginning of a scope, alone/],
    ["cpus=2,cpus=3", /cpus is given twice/],
    ["cpus=5", /cpus=5 is outside 1\.\.4/],
    ["cpus=-1", /cpus=-1 is outside/],
    ["cpus=2.5", /cpus=2\.5 is outside/],
    ["pages=0", /pages=0 is outside 1\.\.4096/],
    ["pages=99999999999", /outside/],
    ["geometry=huge", /geometry=huge is not one of small, medium, x86-64/],
    ["calls=3", /names 1 CPUs and cpus=2/],
    ["calls=3+x", /not a sum of numbers/],
    ["calls=201+1", /not a sum of numbers up to 200/],
    ["setup=empty", /setup=empty is not one of/],
    ["irq=2", /irq=2 is outside 0\.\.1/],
    ["nmi=9", /nmi=9 is outside 0\.\.3/],
    ["switches=100", /switches=100 is outside 0\.\.99/],
    ["blocks=0", /blocks=0 is outside 1\.\.1024/],
    ["blocks=3,pages=8", /blocks=3 is pages=12 and pages=8 was given too: .*4 pages/],
  ])("%s is refused by saying what is true instead", (text, message) => {
    const error = refusal(text);
    expect(error.code).toBe("BAD-SCOPE");
    expect(error.message).toMatch(message);
    for (const key of Object.keys(SCOPE_KEYS)) expect(error.hint).toContain(key);
  });

  test("never accepts a text quietly: any other text is refused as a user's mistake", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(text.split(",").some((part) => part.trim() !== ""));
        expect(refusal(text).code).toBe("BAD-SCOPE");
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
