import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Judge } from "../../harness/judge.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import { callCommands } from "../../properties/commands/call-commands.ts";
import { CallRunner } from "../../properties/commands/call-runner.ts";
import { nothingHeld, pagesHeld } from "../../properties/commands/held.ts";
import { MIXED_MENU, walkMachine } from "./random-walk.ts";

function run(design: Design, scope: string): { failed: boolean; calls: string; error: string } {
  const property = fc.property(callCommands(), (commands) => {
    const machine = walkMachine(design, { scope, menu: MIXED_MENU });
    const judge = new Judge(machine, "run");
    judge.load();
    const runner = new CallRunner(machine, (action) => {
      machine.clearStep();
      if (!machine.perform(action)) return false;
      const violated = judge.afterStep();
      if (violated !== 0)
        throw new Error(
          judge.claims
            .filter((_, bit) => (violated >>> bit) & 1)
            .map(({ id }) => id)
            .join(),
        );
      judge.commit();
      return true;
    });
    const box = { held: nothingHeld(machine.world.cpus) };
    fc.modelRun(() => ({ model: box, real: runner }), commands);
    expect(machine.k.lists.pagesIn(PLACE_ALLOCATED)).toBe(pagesHeld(box.held));
  });
  const details = fc.check(property, { seed: 5, numRuns: 150 });
  const error = details.errorInstance instanceof Error ? details.errorInstance.message : "";
  return { failed: details.failed, calls: String(details.counterexample?.[0] ?? ""), error };
}

describe("whole calls, one after the other", () => {
  test.each(
    DESIGNS.filter(({ canary, worlds }) => !canary && worlds === undefined).map(
      (design) => [design.id, design] as const,
    ),
  )("%s gives out disjoint blocks, fails only when memory can be short, and breaks no claim", (_id, design) => {
    for (const scope of ["cpus=2,pages=8", "cpus=3,pages=24", "cpus=4,pages=100,geometry=medium"]) {
      expect(run(design, scope)).toEqual({ failed: false, calls: "", error: "" });
    }
  });

  test("canary-keeps-mapped falls to two calls: allocate a kernel page, free it", () => {
    const design = DESIGNS.find(({ id }) => id === "canary-keeps-mapped");
    const { calls, error } = run(design as Design, "cpus=2,pages=8");
    expect(error).toContain("S8");
    expect(calls).toMatch(/^alloc\(cpu0, 0\),free\(cpu0, block 0\)/);
  });
});
