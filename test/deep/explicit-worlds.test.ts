import { describe, expect, test } from "vitest";

import { Judge } from "../../harness/judge.ts";
import { resolveAction } from "../../harness/name-action.ts";
import { fillWhatCanBe, machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import { assert } from "../../model/failure.ts";

const PLAIN_SCOPE = "cpus=2,pages=8,calls=2+2";
const CANARIES = DESIGNS.filter(({ canary }) => canary);

/** The may-hold counterexamples of what a canary declares, each in the world in which it was found. */
function foundOf(design: Design): readonly Counterexample[] {
  const stopAt = design.breaks.map(({ claim }) => claim);
  const found = (design.worlds ?? [PLAIN_SCOPE]).flatMap((world) => [
    ...verifyDesign(design, { scope: parseScope(world), stopAt }).counterexamples.values(),
  ]);
  return found.filter(({ claim }) => stopAt.includes(claim));
}

/** Claims that the run violates at its end on explicit hardware whose CPUs cache whatever they can as soon as they can. */
function violatedExplicitly(design: Design, run: Counterexample): readonly string[] {
  const machine = machineFor(design, { ...parseScope(run.scope), translations: "explicit" });
  const judge = new Judge(machine, "full", (claim) => claim.id === run.claim);
  fillWhatCanBe(machine);
  let violated = 0;
  for (const { action } of run.steps) {
    judge.load();
    machine.clearStep();
    const resolved = resolveAction(machine, action);
    assert(typeof resolved === "number", `the run goes the same way on explicit hardware: ${resolved}`);
    machine.perform(resolved);
    violated = judge.afterStep();
    fillWhatCanBe(machine);
    violated |= judge.afterStep();
  }
  return judge.claims.filter((_, bit) => ((violated | judge.atStandstill()) >>> bit) & 1).map(({ id }) => id);
}

describe("what may-hold calls a violation", () => {
  test.each(CANARIES.map((design) => [design.id, design] as const))(
    "of %s is one of explicit hardware that fills as early as it can",
    (_id, design) => {
      const runs = foundOf(design);
      expect(new Set(runs.map(({ claim }) => claim))).toEqual(new Set(design.breaks.map(({ claim }) => claim)));
      for (const run of runs) expect(violatedExplicitly(design, run)).toEqual([run.claim]);
    },
  );
});
