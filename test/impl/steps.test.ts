import { describe, expect, test } from "vitest";

import { DESIGNS } from "../../impl/designs/registry.ts";
import { ACTION, actionCpu, actionKind, stepLevel } from "../../model/action.ts";
import type { Recorder } from "../../model/column.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import { walk, walkMachine } from "../properties/random-walk.ts";

/** Written by the machinery for every step: its frame, who runs, and the program counter. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running"];
/** Read by the context check of a step that needs interrupts on, or flushes: whether *this* CPU may do so. */
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.lockHolder"];

const SCOPES = [
  "cpus=2,pages=8",
  "cpus=3,pages=16,irq=1,preempt=1,modes=1",
  "cpus=2,pages=64,geometry=medium",
] as const;

/** Parts of ASI have walks of their own, in worlds in which they run. */
const WALKED = DESIGNS.filter(({ canary, probe, worlds }) => worlds === undefined || (!canary && probe !== true));

describe.each(WALKED.map((design) => [design.id, design] as const))("%s", (_id, design) => {
  test("a blocked step leaves the state byte-identical", () => {
    let blocked = 0;
    for (const scope of SCOPES) {
      if (design.protectedMap === "none" && scope.includes("modes")) continue;
      const machine = walkMachine(design, { scope });
      const before = new Uint32Array(machine.state.words.length);
      walk(machine, 7, 4_000, (action) => {
        machine.state.save(before);
        machine.clearStep();
        const done = machine.perform(action);
        if (done) return !hasConflict(machine);
        blocked++;
        if (machine.state.words.some((word, at) => word !== before[at])) expect(machine.state.words).toEqual(before);
        return true;
      });
    }
    expect(blocked).toBeGreaterThan(0);
  });

  test("no step reads or writes a column that it does not declare", () => {
    const undeclared = new Set<string>();
    let allowed: ReadonlySet<string> | undefined;
    let readable: ReadonlySet<string> = new Set();
    let name = "";
    const note = (column: string, how: string): void => {
      if (allowed === undefined || allowed.has(column) || (how === "reads" && readable.has(column))) return;
      undeclared.add(`${name} ${how} ${column}`);
    };
    const recorder: Recorder = {
      read: (column) => note(column, "reads"),
      write: (column) => note(column, "writes"),
    };
    for (const scope of SCOPES) {
      for (const translations of ["may-hold", "epochs"] as const) {
        if (design.protectedMap === "none" && (scope.includes("modes") || translations === "epochs")) continue;
        const machine = walkMachine(design, { scope, translations, recorder });
        walk(machine, 3, 4_000, (action) => {
          machine.clearStep();
          if (actionKind(action) !== ACTION.step) {
            machine.perform(action);
            return !hasConflict(machine);
          }
          const [cpu, level] = [actionCpu(action), stepLevel(action)];
          const step = machine.k.stepAt(cpu, level);
          name = `${machine.k.programAt(cpu, level).name}/${step.label}`;
          const checked = step.needs !== "any" || step.flush !== undefined;
          readable = new Set(checked ? CONTEXT_CHECK : []);
          allowed = new Set([...MACHINERY, ...step.touches]);
          machine.perform(action);
          allowed = undefined;
          return !hasConflict(machine);
        });
      }
    }
    expect([...undeclared].sort()).toEqual([]);
  });
});

/** A frame in two places (S17): the structures mean nothing from here on. */
function hasConflict({ k: { moments } }: Machine): boolean {
  for (let i = 0; i < moments.count; i++) if (moments.kinds[i] === MOMENT.placeConflict) return true;
  return false;
}
