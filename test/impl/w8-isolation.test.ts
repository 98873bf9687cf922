import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { ACTION, actionCpu, actionKind, stepLevel } from "../../model/action.ts";
import type { Recorder } from "../../model/column.ts";
import { pairsFrom } from "../../properties/arbitraries/schedule.ts";
import { PAGE_CALLS, RANGE_CALLS, W8Workload } from "./w8-workload.ts";

const WORLDS = [
  ["no-asi", "6.1", noAsi],
  ["no-asi", "6.12", noAsi],
  ["async-free", "6.1", asyncFree],
  ["async-free", "6.12", asyncFree],
] as const;

/** Calls that have to succeed at least once. */
const WANTED = [...RANGE_CALLS, ...PAGE_CALLS, "cma_alloc", "report_free_pages"];
/** Seeds until every label has been isolated and every call has succeeded. */
const SEEDS_MAX = 12;

/** Written by the machinery for every step: its frame, who runs, and the program counter. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running"];
/** Read by the context check of a step that needs interrupts on, or may sleep. */
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.lockHolder", "cpu.preemptOff", "cpu.depth"];

describe.each(WORLDS)("%s, W8 (kernel %s)", (_id, kernel, design) => {
  test("isolating and giving back pageblocks of every label, with frees and allocations in between, breaks no claim", () => {
    const seen = { isolated: new Set<string>(), givenBack: new Set<string>(), done: new Set<string>() };
    const isCovered = (): boolean => seen.isolated.size === 5 && WANTED.every((name) => seen.done.has(name));
    for (let seed = 1; seed <= SEEDS_MAX && (seed <= 2 || !isCovered()); seed++) {
      const workload = new W8Workload(design, kernel);
      for (const word of pairsFrom(seed, 25_000)) {
        workload.turn(word);
        if (workload.w.watch.stopped) break;
      }
      workload.rest();
      workload.w.expectSound();
      for (const label of workload.isolatedFrom) seen.isolated.add(label);
      for (const label of workload.givenBackTo) seen.givenBack.add(label);
      for (const [name, [, done]] of workload.answers) if (done > 0) seen.done.add(name);
    }
    expect([...seen.isolated].sort()).toEqual(["CMA", "HighAtomic", "Movable", "Reclaimable", "Unmovable"]);
    expect([...seen.givenBack]).toEqual(expect.arrayContaining(["CMA", "Movable"]));
    // 6.1 frees a large block whole although one of its pageblocks has been isolated since; a fallback may then take both.
    if (kernel === "6.12") expect(seen.givenBack.size).toBe(2);
    expect(WANTED.filter((name) => !seen.done.has(name))).toEqual([]);
  });

  test("no step of these calls reads or writes a column that it does not declare", () => {
    const undeclared = new Set<string>();
    let allowed: ReadonlySet<string> | undefined;
    let readable: ReadonlySet<string> = new Set();
    let name = "";
    const note = (column: string, how: string): void => {
      if (allowed === undefined || allowed.has(column) || (how === "reads" && readable.has(column))) return;
      undeclared.add(`${name} ${how} ${column}`);
    };
    const recorder: Recorder = { read: (column) => note(column, "reads"), write: (column) => note(column, "writes") };
    const workload = new W8Workload(design, kernel, recorder, (machine, action) => {
      if (actionKind(action) === ACTION.step) {
        const [cpu, level] = [actionCpu(action), stepLevel(action)];
        const step = machine.k.stepAt(cpu, level);
        name = `${machine.k.programAt(cpu, level).name}/${step.label}`;
        readable = new Set(step.needs !== "any" || step.flush !== undefined ? CONTEXT_CHECK : []);
        allowed = new Set([...MACHINERY, ...step.touches]);
      }
      machine.perform(action);
      allowed = undefined;
    });
    for (const word of pairsFrom(7, 12_000)) workload.turn(word);
    expect([...undeclared].sort()).toEqual([]);
  });
});
