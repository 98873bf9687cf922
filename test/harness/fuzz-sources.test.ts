import { describe, expect, test } from "vitest";

import { Arenas } from "../../harness/fuzz/arena.ts";
import { withoutLoops } from "../../harness/fuzz/erase-loops.ts";
import { fuzz } from "../../harness/fuzz/fuzz.ts";
import { type PairSource, ScheduleSource, StreamSource } from "../../harness/fuzz/pair-source.ts";
import { PctSource } from "../../harness/fuzz/pct-source.ts";
import { runSchedule, runSource } from "../../harness/fuzz/run-source.ts";
import { SwarmSource } from "../../harness/fuzz/swarm-source.ts";
import { parseScope } from "../../harness/scope.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { flushUnderLock } from "../../impl/designs/canaries/canaries.ts";
import { ACTION, actionKind } from "../../model/action.ts";
import type { FuzzCase } from "../../properties/arbitraries/fuzz-case.ts";
import { actorOf, pairsFrom, preferenceOf } from "../../properties/arbitraries/schedule.ts";

const WORLD = { cpus: 2, pages: 8, mms: 2, irq: false, preempt: false, modes: false };
const CASE: FuzzCase = { world: WORLD, workload: { sizes: ["page", "pair"], frees: 2 }, schedule: new Uint32Array(0) };
const ARENAS = new Arenas(asyncFree, undefined);

type Arena = ReturnType<Arenas["at"]>;

/** The actions and the pairs of one run. */
function ran(make: (arena: Arena) => PairSource, turns: number): { actions: number[]; pairs: number[] } {
  const arena = ARENAS.at(CASE);
  const actions: number[] = [];
  const pairs: number[] = [];
  runSource(arena, make(arena), turns, () => true, {
    action: (action) => actions.push(action),
    pair: (pair) => pairs.push(pair >>> 0),
  });
  return { actions, pairs };
}

const SOURCES: readonly (readonly [string, (arena: Arena) => PairSource])[] = [
  ["a stream", ({ machine, picker }) => new StreamSource(5, picker, machine.world.cpus)],
  ["pct", ({ machine, picker }) => new PctSource({ seed: 5, depth: 3, window: 100 }, machine, picker)],
  ["swarm", ({ machine, picker }) => new SwarmSource(5, machine, picker)],
];

test.each(SOURCES)("what %s does is, written down as pairs, a schedule that does the same", (_name, make) => {
  const { actions, pairs } = ran(make, 700);
  expect(actions.length).toBeGreaterThan(300);
  const again: number[] = [];
  runSchedule(ARENAS.at(CASE), Uint32Array.from(pairs), () => true, { action: (action) => again.push(action) });
  expect(again).toEqual(actions);
});

test("a stream does what the schedule of its seed does", () => {
  const stream = ran(({ machine, picker }) => new StreamSource(9, picker, machine.world.cpus), 500);
  const schedule = ran(({ picker }) => new ScheduleSource(pairsFrom(9, 500), picker, 2), 500);
  expect(stream).toEqual(schedule);
});

test("a preference found for an action leads back to it, at every step of a run", () => {
  const { machine, picker } = ARENAS.at(CASE);
  let asked = 0;
  for (const pair of pairsFrom(3, 900)) {
    const cpu = actorOf(pair, 2);
    machine.grant(cpu, 9);
    const action = picker.pick(cpu, preferenceOf(pair));
    if (action < 0) continue;
    const preference = picker.preferenceFor(cpu, action);
    expect(preference).toBeGreaterThanOrEqual(0);
    expect(picker.pick(cpu, preference)).toBe(action);
    asked++;
    machine.clearStep();
    machine.perform(action);
  }
  expect(asked).toBeGreaterThan(400);
});

describe("pct", () => {
  test.each([1, 2, 5])("of depth %i changes priorities at most depth - 1 times in a window", (depth) => {
    const window = 300;
    const arena = ARENAS.at(CASE);
    const source = new PctSource({ seed: 7, depth, window }, arena.machine, arena.picker);
    const orders: string[] = [];
    const spy: PairSource = {
      get pair() {
        return source.pair;
      },
      next: (blocked) => {
        const action = source.next(blocked);
        orders.push(source.order.join());
        return action;
      },
    };
    runSource(arena, spy, 2 * window, () => true);
    for (const at of [0, window]) {
      const changes = orders.slice(at + 1, at + window).filter((order, i) => order !== orders[at + i]).length;
      expect(changes).toBeLessThanOrEqual(depth - 1);
    }
  });

  test("lets each of the two CPUs begin in at least one of six windows: the bound for depth 1 and six actors", () => {
    const first = [0, 0];
    for (let seed = 1; seed <= 120; seed++) {
      const { machine, picker } = ARENAS.at(CASE);
      const source = new PctSource({ seed, depth: 1, window: 50 }, machine, picker);
      source.next(false);
      const cpu = actorOf(source.pair, 2);
      first[cpu] = (first[cpu] ?? 0) + 1;
    }
    expect(Math.min(...first)).toBeGreaterThanOrEqual(20);
  });
});

test("swarm leaves actions out: some runs never drain, some never free on a CPU, most do both", () => {
  const kinds = Array.from({ length: 24 }, (_, seed) => {
    const { actions } = ran(({ machine, picker }) => new SwarmSource(seed + 1, machine, picker), 500);
    return new Set(actions.map(actionKind));
  });
  const without = kinds.filter((seen) => !seen.has(ACTION.drain)).length;
  expect(without).toBeGreaterThanOrEqual(4);
  expect(without).toBeLessThanOrEqual(20);
});

describe("a long run", () => {
  test("comes to the same state without its loops", () => {
    const schedule = pairsFrom(11, 4_000);
    const small = new Arenas(asyncFree, parseScope("cpus=1,pages=4,calls=1"));
    const test: FuzzCase = { ...CASE, world: { ...WORLD, cpus: 1, pages: 4 }, workload: { sizes: ["page"], frees: 4 } };
    const arena = small.at(test);
    const pairs: number[] = [];
    let end = new Uint32Array(0);
    const watch = {
      pair: (pair: number) => {
        pairs.push(pair);
        end = arena.machine.state.words.slice();
      },
    };
    runSchedule(arena, schedule, () => true, watch);
    const shorter = withoutLoops(small.at(test), Uint32Array.from(pairs));
    expect(shorter.length).toBeLessThan(pairs.length / 2);
    const last = end;
    runSchedule(small.at(test), shorter, () => true, watch);
    expect(end).toEqual(last);
  });

  test("of more than 100,000 turns is not written down, and what it finds is as small as after a short one", () => {
    const options = { runs: 1, steps: 100_001, seed: 2, scope: parseScope("cpus=2,pages=8") } as const;
    const { counterexamples, repeats } = fuzz(flushUnderLock, options);
    expect(counterexamples.get("S23")?.events).toBeLessThanOrEqual(4);
    expect(repeats.get("S23")?.path).toBe("0");
  });
});
