import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { DESIGNS } from "../../impl/designs/registry.ts";
import { ACTION, actionKind } from "../../model/action.ts";
import { checkGeometry } from "../../model/geometry.ts";
import { Picker } from "../../properties/arbitraries/picker.ts";
import { actorOf, pairsFrom, schedules } from "../../properties/arbitraries/schedule.ts";
import { geometryFor, worlds } from "../../properties/arbitraries/world.ts";
import { walk, walkMachine } from "./random-walk.ts";

describe("the picker", () => {
  test.each([
    ["cpus=2,pages=8", "may-hold"],
    ["cpus=3,pages=12,irq=1,preempt=1,modes=1", "may-hold"],
    ["cpus=2,pages=8,modes=1", "explicit"],
  ] as const)(
    "answers every enabled action for some preference, and beside them only drains (%s, %s)",
    (scope, translations) => {
      const design = DESIGNS.find(({ id }) => id === "async-free");
      if (design === undefined) return expect.fail("async-free is registered");
      const machine = walkMachine(design, { scope, translations });
      const picker = new Picker(machine, 2);
      let looks = 0;
      walk(machine, 9, 1_200, (action) => {
        machine.clearStep();
        machine.perform(action);
        if (looks++ % 80 !== 0) return true;
        for (let cpu = 0; cpu < machine.world.cpus; cpu++) {
          machine.grant(cpu, 200);
          const enabled = new Set<number>();
          machine.enumerateCpu(cpu, (candidate) => enabled.add(candidate));
          const picked = new Set<number>();
          for (let preference = 0; preference < 60_000; preference++) {
            const answer = picker.pick(cpu, preference);
            if (answer >= 0 && actionKind(answer) !== ACTION.drain) picked.add(answer);
          }
          expect([...picked].sort()).toEqual([...enabled].sort());
        }
        return true;
      });
      expect(looks).toBeGreaterThan(800);
    },
  );
});

describe("schedules", () => {
  test("of one seed are the same pairs, and every CPU acts about equally often", () => {
    expect(pairsFrom(42, 1_000)).toEqual(pairsFrom(42, 1_000));
    expect(pairsFrom(42, 10)).not.toEqual(pairsFrom(43, 10));
    for (const cpus of [1, 2, 3, 4]) {
      const turns = new Array<number>(cpus).fill(0);
      for (const pair of pairsFrom(1, 12_000)) turns[actorOf(pair, cpus)] = (turns[actorOf(pair, cpus)] ?? 0) + 1;
      for (const count of turns) expect(Math.abs(count - 12_000 / cpus)).toBeLessThan(400);
    }
  });

  test("shrink to the shortest subsequence that still fails, whatever lies between its pairs", () => {
    // Fails when some pair of actor class 1 (mod 4) comes before one of class 2, and that before one of class 3.
    const fails = (pairs: Uint32Array): boolean => {
      let want = 1;
      for (const pair of pairs) if (pair % 4 === want) want++;
      return want >= 4;
    };
    for (let seed = 1; seed <= 20; seed++) {
      const details = fc.check(
        fc.property(schedules(500), (pairs) => !fails(pairs)),
        { seed, numRuns: 1 },
      );
      const [pairs] = details.counterexample ?? [];
      expect(Array.from(pairs ?? [])).toEqual([1, 2, 3]);
    }
  });

  test("come to an end when nearly everything fails, with one actor and plain preferences", () => {
    for (const actors of [1, 3, 4]) {
      const kinds = (pairs: Uint32Array): number => new Set(Array.from(pairs, (pair) => pair % 4)).size;
      const property = fc.property(schedules(60), (pairs) => pairs.length < 5 || kinds(pairs) < actors);
      const { counterexample } = fc.check(property, { seed: 3, numRuns: 1 });
      const [pairs = new Uint32Array()] = counterexample ?? [];
      expect([pairs.length, kinds(pairs), Math.max(...pairs) < 256]).toEqual([5, actors, true]);
    }
  });

  test("are found again by fast-check's path, shrinks included", () => {
    const property = fc.property(schedules(200), (pairs) => pairs.filter((pair) => pair % 5 === 0).length < 3);
    const first = fc.check(property, { seed: 8, numRuns: 50 });
    const again = fc.check(property, { seed: 8, path: first.counterexamplePath ?? "", numRuns: 1, endOnFailure: true });
    expect(first.failed && again.failed).toBe(true);
    expect(again.counterexample).toEqual(first.counterexample);
  });
});

describe("random worlds", () => {
  test("are 1 to 4 CPUs and 8 to 4,096 pages in a geometry that fits, and shrink to 8 pages and 1 CPU", () => {
    const sizes = new Set<number>();
    fc.assert(
      fc.property(worlds(), ({ cpus, pages, mms }) => {
        sizes.add(pages);
        expect([cpus >= 1, cpus <= 4, pages >= 8, pages <= 4096, mms >= 2]).toEqual(new Array(5).fill(true));
        expect(2 ** checkGeometry(geometryFor(pages)).maxOrder).toBeLessThanOrEqual(pages);
      }),
      { seed: 1, numRuns: 1_000 },
    );
    expect(sizes.size).toBe(14);
    const { counterexample } = fc.check(
      fc.property(worlds(), () => false),
      { seed: 1 },
    );
    expect(counterexample?.[0]).toEqual({ cpus: 1, pages: 8, mms: 2, irq: false, preempt: false, modes: false });
  });
});
