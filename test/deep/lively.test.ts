import { describe, expect, test } from "vitest";
import { livelyCalls } from "../boot-kernel/lively-calls.ts";

const SEEDS = [11, 12] as const;
const CALLS = 100_000;

describe.each(["no-asi", "async-free"])("under %s", (design) => {
  describe.each(["6.1", "6.12"] as const)("by the rules of %s", (version) => {
    test.each(SEEDS)("structures hold after each of 100,000 calls of every kind under pressure (seed %i)", (seed) => {
      const { fault, kernel } = livelyCalls(design, version, seed, CALLS);
      expect(fault).toBeUndefined();
      expect(kernel.violations()).toEqual([]);
    });
  });
});
