import { expect, test } from "vitest";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { asiProbeGenerations } from "../../impl/designs/asi-probe/design.ts";

test("whatever holds a generation holds the newest one, after as many flushes as are counted", () => {
  const { state } = machineFor(asiProbeGenerations, parseScope("three-mms"));
  const newest = state.column("tlbstate.globalGen").max;
  const names = ["tlbstate.mmGen", "tlbstate.pcidGen", "tlbstate.ctxGen", "asi_entry.gen", "switch.gen"];
  const sent = ["asiflush.newGen", "mmflush.newGen"];
  expect([...names, ...sent].filter((name) => state.column(name).max < newest)).toEqual([]);
});
