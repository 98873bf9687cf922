import { describe, expect, test } from "vitest";
import { asiProbe, asiProbeGenerations } from "../../impl/designs/asi-probe/design.ts";
import { TRANSITION_CANARIES } from "../../impl/designs/canaries/transitions.ts";
import { ACTION, actionCpu, actionKind, stepLevel } from "../../model/action.ts";
import type { Recorder } from "../../model/column.ts";
import { walk, walkMachine } from "../properties/random-walk.ts";

/** Of the machine, and of the workload at a call's end; worlds with store buffers drain them in any step, and are not walked. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running", "asi_core.taskMm"];
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.lockHolder", "cpu.preemptOff"];
const WORLDS = ["transitions", "faults", "three-mms", "lazy", "hotplug", "user-slots", "borrowed-mm"];

/** Canaries whose steps are others, or in another order. */
const REORDERED = ["canary-curr-asi-late", "canary-target-late", "canary-switching-late", "canary-sleeps-tense"];
const BROKEN = TRANSITION_CANARIES.filter(({ id }) => REORDERED.includes(id));

describe.each([asiProbe, asiProbeGenerations, ...BROKEN])("$id", (design) => {
  test("no step reads or writes a column that it does not declare", () => {
    const undeclared = new Set<string>();
    let allowed: ReadonlySet<string> | undefined;
    let name = "";
    const note = (column: string): void => {
      if (allowed?.has(column) === false) undeclared.add(`${name} ${column}`);
    };
    const recorder: Recorder = { read: note, write: note };
    for (const scope of WORLDS) {
      const machine = walkMachine(design, { scope, recorder });
      walk(machine, 11, 1_500, (action) => {
        machine.clearStep();
        if (actionKind(action) === ACTION.step) {
          const [cpu, level] = [actionCpu(action), stepLevel(action)];
          const step = machine.k.stepAt(cpu, level);
          name = `${machine.k.programAt(cpu, level).name}/${step.label}`;
          allowed = new Set([...MACHINERY, ...CONTEXT_CHECK, ...step.touches]);
        }
        machine.perform(action);
        allowed = undefined;
        return machine.k.moments.count < 1_000;
      });
    }
    expect([...undeclared].sort()).toEqual([]);
  });
});
