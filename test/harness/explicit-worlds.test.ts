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

const CANARIES = DESIGNS.filter(({ canary, worlds }) => canary && worlds !== undefined);

/** Worlds of correct designs that explicit walks, fills and evictions can exhaust in a second or two. */
const SMALL_ENOUGH = [
  ["flip-probe", "flip-up", 464],
  ["flip-probe", "two-mms,slots=2", 6_913],
  ["asi-probe", "enter-again", 2_116],
  ["asi-probe", "two-mms", 6_016],
  ["asi-probe", "user-slots", 12_843],
  ["asi-probe", "faults", 40_473],
  ["asi-probe", "transitions", 96_371],
  ["asi-probe-generations", "two-slots", 7_215],
] as const;

function designOf(id: string): Design {
  const found = DESIGNS.find((design) => design.id === id);
  assert(found !== undefined, `${id} is registered`);
  return found;
}

describe("explicit walks, fills and evictions", () => {
  test.each(SMALL_ENOUGH)("%s holds in %s as may-hold says, in %i states", (id, world, states) => {
    const design = designOf(id);
    const scope = parseScope(world);
    const explicit = verifyDesign(design, { scope: { ...scope, translations: "explicit" } });
    const verdicts = [...explicit.evidence].map(([claim, { verdict }]) => [claim, verdict]);
    expect(verdicts).toEqual([...verifyDesign(design, { scope }).evidence].map(([claim]) => [claim, "holds"]));
    expect([...explicit.evidence.values()][0]?.states).toBe(states);
  });
});

/** The may-hold counterexamples of what a canary declares, each in the world in which it was found. */
function foundOf(design: Design): readonly Counterexample[] {
  const stopAt = design.breaks.map(({ claim }) => claim);
  const found = (design.worlds ?? []).flatMap((world) => [
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
