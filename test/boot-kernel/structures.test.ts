import { describe, expect, test } from "vitest";
import type { BootedKernel } from "../../harness/boot-kernel.ts";
import { randomCalls } from "./random-calls.ts";

const CALLS = 40_000;

describe.each(["6.1", "6.12"] as const)("the structures of %s", (version) => {
  test(`hold after each of ${CALLS.toLocaleString("en")} random calls in two zones on two CPUs, and every claim after each step`, () => {
    const run = randomCalls(version, 1, CALLS);
    expect(run.fault).toBeUndefined();
    expect(run.kernel.violations()).toEqual([]);
    expect(run.allocs).toBeGreaterThan(CALLS / 4);
    expect(run.frees).toBeGreaterThan(CALLS / 4);
    expect(run.refused).toBeGreaterThan(0);
  });

  test("are those of the beginning when all of it is freed and drained, but for pageblocks reserved meanwhile", () => {
    const { kernel } = randomCalls(version, 2, 5_000);
    const { ledger } = kernel.machine.k;
    for (let pfn = 0; pfn < kernel.machine.world.pages; pfn++) {
      if (ledger.order(pfn) >= 0) kernel.freePages(pfn, ledger.order(pfn));
    }
    kernel.drainPages();
    const [, dma32 = "", normal = ""] =
      /DMA32 (.*)\n.*Normal (.*)\n/.exec(kernel.buddyinfo().replace(/ +/g, " ")) ?? [];
    // A HIGHATOMIC block does not merge with its neighbour: two pageblocks in place of one largest block.
    for (const [counts, largest] of [
      [dma32, 32],
      [normal, 96],
    ] as const) {
      const [below, blocks, whole] = [counts.slice(0, 8), ...counts.slice(8).trim().split(" ").map(Number)];
      expect(below).toBe("0 0 0 0 ");
      expect((blocks ?? 0) / 2 + (whole ?? 0)).toBe(largest);
      expect(blocks).toBeLessThanOrEqual(2 * highatomicBlocks(kernel));
    }
  });
});

function highatomicBlocks(kernel: BootedKernel): number {
  let blocks = 0;
  for (let pfn = 0; pfn < kernel.machine.world.pages; pfn += 16) {
    if (kernel.pageblock(pfn).migratetype === "HighAtomic") blocks++;
  }
  return blocks;
}
