import { expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { TRANSITION_CANARIES } from "../../impl/designs/canaries/transitions.ts";

/** Of each canary but those that take seconds (test/deep): the CPUs of its world, and every claim found broken by the time those it declares are, with its events. */
const CAUGHT: Readonly<Record<string, { cpus: number; found: Record<string, number> }>> = {
  "canary-enter-noflush": { cpus: 1, found: { S19: 4, "REFINE-page": 4 } },
  "canary-slot-reused": { cpus: 1, found: { S18: 1 } },
  "canary-slot-keeps-gens": { cpus: 1, found: { S18: 3 } },
  "canary-slot-shows-user": { cpus: 1, found: { S1: 5, S18: 4 } },
  "canary-curr-asi-late": { cpus: 1, found: { S21: 1, "REFINE-cpu": 1 } },
  "canary-curr-asi-early": { cpus: 1, found: { S21: 2, "REFINE-cpu": 2 } },
  "canary-target-late": { cpus: 1, found: { S21: 3, S22: 3, "REFINE-cpu": 3 } },
  "canary-interrupt-forgets": { cpus: 1, found: { S21: 3, S22: 3, "REFINE-cpu": 3 } },
  "canary-stale-host-cr3": { cpus: 1, found: { S8: 4, S19: 4, "REFINE-page": 4 } },
  "canary-sleeps-tense": { cpus: 1, found: { L8: 1 } },
  "canary-fault-loop": { cpus: 1, found: { S28: 2 } },
  "canary-online-stale": { cpus: 2, found: { S3: 3, S8: 2, S16a: 4, "REFINE-page": 2 } },
  "canary-borrows-unseen": { cpus: 2, found: { S1: 2 } },
  "canary-lazy-trusts": { cpus: 2, found: { S1: 4 } },
};

const QUICK = TRANSITION_CANARIES.filter(
  ({ worlds }) => worlds?.some((world) => world.startsWith("coming-back")) !== true,
);

test("every canary but the slow ones has a row in the table, and every row a canary", () => {
  expect(QUICK.map(({ id }) => id)).toEqual(Object.keys(CAUGHT));
});

test.each(QUICK)("$id is caught, and breaks nothing else by then", (design) => {
  const scope = parseScope(design.worlds?.[0] ?? "");
  const declared = design.breaks.map(({ claim }) => claim);
  const report = verifyDesign(design, { scope, stopAt: declared });
  const found = Object.fromEntries([...report.counterexamples].map(([claim, { events }]) => [claim, events]));
  expect({ cpus: scope.cpus, found }).toEqual(CAUGHT[design.id]);
  expect(Object.keys(found).sort()).toEqual([...declared].sort());
});
