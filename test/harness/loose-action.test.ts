import { describe, expect, it } from "vitest";
import { Attempts } from "../../harness/attempts.ts";
import { findDesign } from "../../harness/find-design.ts";
import { looseAction } from "../../harness/loose-action.ts";
import { nameAction } from "../../harness/name-action.ts";
import { runToCompletion } from "../../harness/run-to-completion.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { ACTION, encodeAction, type NamedAction } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";

const REQUEST = "GFP_KERNEL";

function machineIn(scope: string, design = "async-free"): Machine {
  return machineFor(findDesign(design), parseScope(scope));
}

function afterAnAllocation(): Machine {
  const machine = machineIn("cpus=2,pages=8,calls=2+2");
  machine.perform(encodeAction(ACTION.alloc, 0, 0));
  return machine;
}

describe("a name read loosely", () => {
  it("means whatever step its CPU is at", () => {
    const machine = afterAnAllocation();
    const name: NamedAction = { kind: "step", cpu: 0, level: "task", program: "no_such", step: "at_all" };
    const action = looseAction(machine, name) ?? -1;
    expect(nameAction(machine, action)).toMatchObject({ kind: "step", cpu: 0, level: "task" });
    expect(machine.perform(action)).toBe(true);
  });

  it("means nothing where its CPU runs nothing on that level", () => {
    const machine = afterAnAllocation();
    expect(looseAction(machine, { kind: "step", cpu: 1, level: "task" })).toBeUndefined();
    expect(looseAction(machine, { kind: "step", cpu: 0, level: "worker" })).toBeUndefined();
    expect(looseAction(machine, { kind: "step", cpu: 0, level: "no such level" })).toBeUndefined();
  });

  it("means nothing on a CPU that there is not", () => {
    expect(looseAction(afterAnAllocation(), { kind: "alloc", cpu: 2, request: REQUEST, order: 0 })).toBeUndefined();
  });

  it("frees the next page that is allocated, going round", () => {
    const machine = afterAnAllocation();
    runToCompletion(machine, () => {});
    const allocated = Array.from({ length: 8 }, (_, pfn) => pfn).filter((pfn) => machine.k.ledger.order(pfn) >= 0);
    expect(allocated).toHaveLength(1);
    for (let pfn = 0; pfn < 8; pfn++) {
      expect(looseAction(machine, { kind: "free", cpu: 1, pfn })).toBe(
        encodeAction(ACTION.free, 1, allocated[0] ?? -1),
      );
    }
  });
});

describe("a run tried loosely", () => {
  const lost = "canary-lost-wakeup";
  const calls: NamedAction[] = [
    { kind: "alloc", cpu: 0, request: REQUEST, order: 0 },
    { kind: "step", cpu: 0, level: "task" },
  ];

  it("is let come to its end before a claim about a standstill is judged", () => {
    const attempts = new Attempts(machineIn("cpus=2,pages=8,calls=2+2", lost), "L4");
    const { taken, kept, violated } = attempts.loose(calls);
    expect(kept).toEqual([0, 1]);
    expect(taken.length).toBeGreaterThan(2);
    expect(violated).toBe(false);
    expect(attempts.machine.isQuiescent()).toBe(true);
  });

  it("is left where its list ends for any other claim", () => {
    const attempts = new Attempts(machineIn("cpus=2,pages=8,calls=2+2", lost), "S1");
    expect(attempts.loose(calls).taken).toHaveLength(2);
  });
});
