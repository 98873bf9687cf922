import { describe, expect, test } from "vitest";
import { type BootedKernel, bootKernel } from "../../harness/boot-kernel.ts";
import { wholeDrain } from "../../harness/workloads/whole-drain.ts";
import { zoneColumns } from "../../impl/mm/columns.ts";
import { DESIGNS, smallWorld } from "./worlds.ts";

describe.each(DESIGNS)("W1, the whole node drained both ways, under %s", (design) => {
  test.each(["6.1", "6.12"] as const)(
    "gives all of memory to either kind, but what lagging counts hide, and merges to what it was (%s)",
    (version) => {
      const kernel = bootKernel(smallWorld(design, { kernel: version }));
      const before = kernel.buddyinfo();
      const passes = wholeDrain(kernel);
      expect(passes.map(({ asked }) => asked)).toEqual([
        "sensitive",
        "nonsensitive",
        "sensitive",
        "sensitive",
        "nonsensitive",
        "sensitive",
      ]);
      for (const { got } of passes) expect(1024 - got).toBeLessThanOrEqual(hidden(kernel));
      expect(kernel.buddyinfo()).toBe(before);
      expect(kernel.violations()).toEqual([]);
    },
  );

  test("on two nodes leaves each with what it had", () => {
    const kernel = bootKernel({ design, memoryMiB: 32, nodes: 2, reclaim: false });
    const before = kernel.buddyinfo();
    const passes = wholeDrain(kernel);
    for (const { got } of passes) expect(got).toBeGreaterThan(0.9 * kernel.machine.world.pages);
    expect(kernel.buddyinfo()).toBe(before);
    expect(kernel.violations()).toEqual([]);
  });
});

/** Free pages that readers without the lock may not see: each CPU keeps its share of a zone's count up to a threshold. */
function hidden({ machine }: BootedKernel): number {
  const { statThreshold } = machine.state.of(zoneColumns);
  const { zones, cpus } = machine.world;
  return zones.reduce((pages, _, zone) => pages + cpus * statThreshold.get(zone), 0);
}
