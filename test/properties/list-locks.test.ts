import { describe, expect, test } from "vitest";

import { Judge } from "../../harness/judge.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { buddyList } from "../../impl/mm/buddy.ts";
import { pcpLock, ZONE_LOCK } from "../../impl/mm/columns.ts";
import { pcpList } from "../../impl/mm/pcplist.ts";
import type { Machine } from "../../model/machine.ts";
import { walkMachine } from "./random-walk.ts";

/** Takes the largest block off its buddy list and puts it on cpu1's list, as cpu0, under the given locks. */
function move(machine: Machine, locks: readonly number[]): string[] {
  const { k } = machine;
  const judge = new Judge(machine, "run");
  judge.load();
  machine.clearStep();
  k.cpu = 0;
  for (const lock of locks) expect(k.tryLock(lock)).toBe(true);
  const largest = buddyList(k, 0, machine.world.geometry.maxOrder, 0);
  k.lists.remove(largest, k.lists.first(largest));
  k.lists.addTail(pcpList(k, 0, 1, 0, 0), 0, 0);
  const violated = judge.afterStep();
  return judge.claims.filter((_claim, bit) => ((violated >>> bit) & 1) === 1).map(({ id }) => id);
}

describe("S23", () => {
  test("lets a list be changed only by the CPU that holds its lock, the zone's and the per-CPU list's alike", () => {
    const { k } = walkMachine(noAsi, { scope: "cpus=2,pages=8" });
    const [own, other] = [pcpLock(k, 0, 1), pcpLock(k, 0, 0)];
    const both = [ZONE_LOCK, own];
    for (const locks of [[], [ZONE_LOCK], [own], [ZONE_LOCK, other], both]) {
      const violated = move(walkMachine(noAsi, { scope: "cpus=2,pages=8" }), locks);
      expect([locks, violated.includes("S23")]).toEqual([locks, locks !== both]);
    }
  });
});
