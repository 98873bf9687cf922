import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { mmColumns } from "../../impl/mm/columns.ts";
import { pcpListsPerCpu } from "../../impl/mm/pcplist.ts";
import type { Machine } from "../../model/machine.ts";
import { walk, walkMachine } from "../properties/random-walk.ts";

/** Pages on the lists of one CPU, by the links. */
function listed({ world, k }: Machine, cpu: number): number {
  const { costlyOrder } = world.geometry;
  const perCpu = pcpListsPerCpu(world.freetypes, costlyOrder);
  let pages = 0;
  for (let at = 0; at < perCpu; at++) {
    const list = (world.lists.base[1] ?? 0) + cpu * perCpu + at;
    for (let pfn = k.lists.first(list); pfn >= 0; pfn = k.lists.next(pfn)) pages += 1 << (at % (costlyOrder + 1));
  }
  return pages;
}

describe.each([
  ["no-asi", noAsi],
  ["async-free", asyncFree],
] as const)("%s, per-CPU lists", (_id, design) => {
  test.each(["cpus=2,pages=8", "cpus=3,pages=60,irq=1", "cpus=2,pages=200,geometry=medium"])(
    "count their pages and stay below the limit plus one refill (%s)",
    (scope) => {
      const machine = walkMachine(design, { scope });
      const { pcpHigh, pcpBatch, costlyOrder } = machine.world.geometry;
      const refill = Math.max(pcpBatch, 2 << costlyOrder);
      const counts = machine.k.of(mmColumns).pcpCount;
      let most = 0;
      walk(machine, 5, 6_000, (action) => {
        machine.clearStep();
        machine.perform(action);
        for (let cpu = 0; cpu < machine.world.cpus; cpu++) {
          const pages = counts.get(cpu);
          most = Math.max(most, pages);
          if (pages !== listed(machine, cpu)) expect.fail(`cpu${cpu} counts ${pages}, has ${listed(machine, cpu)}`);
        }
        return true;
      });
      expect(most).toBeGreaterThan(pcpBatch);
      expect(most).toBeLessThan(pcpHigh + refill);
    },
  );
});
