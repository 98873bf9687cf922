import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import type { Recorder } from "../../model/column.ts";
import { pairsFrom } from "../../properties/arbitraries/schedule.ts";
import { Traffic } from "./traffic.ts";

/** Written by the machinery for every step: its frame, who runs, and the program counter. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running"];
/** Read by the context check of a step that must be able to sleep. */
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.preemptOff", "cpu.lockHolder"];
/** Written where a call returns: the workload takes what it is handed. */
const HAND_OUT = /^(ledger|list|hw)\./;

const WORLDS = [
  ["no-asi", "6.1", noAsi],
  ["no-asi", "6.12", noAsi],
  ["async-free", "6.12", asyncFree],
] as const;

describe.each(WORLDS)("%s in a whole allocator of %s", (_id, kernel, design) => {
  test("no step reads or writes a column that it does not declare", () => {
    const undeclared = new Set<string>();
    let allowed: ReadonlySet<string> | undefined;
    let name = "";
    let returned = false;
    const note = (column: string, how: string): void => {
      if (allowed === undefined || allowed.has(column) || (returned && HAND_OUT.test(column))) return;
      undeclared.add(`${name} ${how} ${column}`);
    };
    const recorder: Recorder = { read: (column) => note(column, "reads"), write: (column) => note(column, "writes") };
    const traffic = new Traffic({ kernel, design, recorder });
    const { k } = traffic.zoned;
    const step = k.step.bind(k);
    k.step = (cpu, level, choice) => {
      const at = k.stepAt(cpu, level);
      const { name: program, role } = k.programAt(cpu, level);
      name = `${program}/${at.label}`;
      returned = role === "bulk" || role === "range";
      const context = at.needs !== "any" || at.flush !== undefined ? CONTEXT_CHECK : [];
      allowed = new Set([...MACHINERY, ...context, ...at.touches]);
      const done = step(cpu, level, choice);
      allowed = undefined;
      return done;
    };
    for (const word of pairsFrom(5, 60_000)) traffic.move(word >>> 3);
    expect(traffic.calls).toBeGreaterThan(4_000);
    expect([...undeclared].sort()).toEqual([]);
  });
});
