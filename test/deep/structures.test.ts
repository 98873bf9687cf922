import { describe, expect, test } from "vitest";
import { randomCalls } from "../boot-kernel/random-calls.ts";

const CALLS = 1_000_000;

/** About 50,000 calls a second: twenty seconds for each version. */
describe.each(["6.1", "6.12"] as const)("the structures of %s", (version) => {
  test("hold after each of a million random calls, and every claim after each step", () => {
    const run = randomCalls(version, 7, CALLS);
    expect(run.fault).toBeUndefined();
    expect(run.kernel.violations()).toEqual([]);
    expect(run.allocs + run.frees).toBeGreaterThan(CALLS / 2);
  });
});
