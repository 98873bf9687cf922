import { describe, expect, test } from "vitest";
import { randomCalls } from "./random-calls.ts";

const CALLS = 100_000;

describe.each(["6.1", "6.12"] as const)("the structures of %s", (version) => {
  test(`hold after each of ${CALLS.toLocaleString("en")} random calls in two zones on two CPUs, and every claim after each step`, () => {
    const run = randomCalls(version, 1, CALLS);
    expect(run.fault).toBeUndefined();
    expect(run.kernel.violations()).toEqual([]);
    expect(run.allocs).toBeGreaterThan(CALLS / 4);
    expect(run.frees).toBeGreaterThan(CALLS / 4);
    expect(run.refused).toBeGreaterThan(0);
  });

  test("are those of the beginning when all of it is freed and drained", () => {
    const run = randomCalls(version, 2, 5_000);
    const { kernel } = run;
    const { ledger } = kernel.machine.k;
    for (let pfn = 0; pfn < kernel.machine.world.pages; pfn++) {
      if (ledger.order(pfn) >= 0) kernel.freePages(pfn, ledger.order(pfn));
    }
    kernel.drainPages();
    expect(kernel.buddyinfo().replace(/ +/g, " ")).toBe(
      "Node 0, zone DMA32 0 0 0 0 0 32 \nNode 0, zone Normal 0 0 0 0 0 96 \n",
    );
  });
});
