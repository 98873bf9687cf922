import { describe, expect, test } from "vitest";
import { bootKernel } from "../../harness/boot-kernel.ts";
import { abovePageblock } from "../../harness/workloads/above-pageblock.ts";
import { DESIGNS, ONE_ZONE, smallWorld } from "./worlds.ts";

describe.each(DESIGNS)("W6, blocks above pageblock order, under %s", (design) => {
  test.each(["6.1", "6.12"] as const)(
    "go to either kind and merge again from whatever pieces they come back in (%s)",
    (version) => {
      const kernel = bootKernel(smallWorld(design, { kernel: version, zones: ONE_ZONE }));
      const before = kernel.buddyinfo();
      const passes = abovePageblock(kernel, 5);
      expect(passes.map(({ given }) => given)).toEqual([
        "whole",
        "whole",
        "in pageblocks",
        "in pageblocks",
        "page by page",
        "page by page",
      ]);
      expect(passes.map(({ blocks }) => blocks)).toEqual([32, 32, 32, 32, 32, 32]);
      expect(kernel.buddyinfo()).toBe(before);
      expect(kernel.violations()).toEqual([]);
    },
  );
});

test("W6 in the real geometry: 4 MiB blocks of both kinds merge to the 16 they were", () => {
  const kernel = bootKernel({ design: "async-free", memoryMiB: 64, reclaim: false });
  const before = kernel.buddyinfo();
  const passes = abovePageblock(kernel, 6);
  expect(Math.min(...passes.map(({ blocks }) => blocks))).toBeGreaterThan(10);
  expect(kernel.buddyinfo()).toBe(before);
  expect(kernel.violations()).toEqual([]);
});
