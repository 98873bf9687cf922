import { describe, expect, test } from "vitest";
import { bootKernel } from "../../harness/boot-kernel.ts";
import { allAtOnce } from "../../harness/workloads/all-at-once.ts";
import { NONSENSITIVE, SENSITIVE } from "../../harness/workloads/kinds.ts";
import { takeAllOf } from "../../harness/workloads/take-all.ts";
import { DESIGNS, smallWorld } from "./worlds.ts";

const CPUS = 4;
const ROUNDS = 40;

describe.each(DESIGNS)("W3, all CPUs at once, under %s", (design) => {
  test.each([
    ["sensitive", NONSENSITIVE],
    ["nonsensitive", SENSITIVE],
  ])("gives each CPU a %s page of its own in every round, whatever the order of their steps", (_asked, used) => {
    const kernel = bootKernel(smallWorld(design, { cpus: CPUS }));
    const before = kernel.buddyinfo();
    const rounds = allAtOnce(kernel, used, ROUNDS, 1);
    expect(rounds).toHaveLength(ROUNDS);
    for (const { got } of rounds) {
      expect(got.every((pfn) => pfn >= 0)).toBe(true);
      expect(new Set(got).size).toBe(CPUS);
    }
    kernel.drainPages();
    expect(kernel.buddyinfo()).toBe(before);
    expect(kernel.violations()).toEqual([]);
  });
});

test("W3 under async-free: with all of memory waiting for its worker no CPU gets a page, and all do once it has run", () => {
  const kernel = bootKernel(smallWorld("async-free", { cpus: CPUS, workers: "manual" }));
  for (const { pfn } of takeAllOf(kernel, NONSENSITIVE, 0)) kernel.freePages(pfn, 0);
  const cpus = Array.from({ length: CPUS }, (_, cpu) => ({ cpu, gfp: SENSITIVE, order: 0 }));
  expect(kernel.together(cpus, 3)).toEqual([-1, -1, -1, -1]);
  kernel.runWorkers();
  expect(kernel.together(cpus, 3).every((pfn) => pfn >= 0)).toBe(true);
  expect(kernel.violations()).toEqual([]);
});
