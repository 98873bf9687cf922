import { findDesign } from "../../../harness/find-design.ts";
import { parseScope } from "../../../harness/scope.ts";
import { verifyDesign } from "../../../harness/verify.ts";
import type { Counterexample } from "../../../model/counterexample.ts";

/** One canary of each area, in a world small enough to be searched in a moment. */
const SAMPLES: readonly (readonly [area: string, design: string, claim: string, scope: string])[] = [
  ["deferred free", "canary-forget-one-cpu", "S1", "cpus=2,pages=8,calls=1+2"],
  ["flip", "canary-hands-out-before-acks", "S1", "flip,cpus=2,pages=8,calls=1+0"],
  ["user translations", "canary-trusts-clear-pte", "S1", "reclaim-batch,cpus=3,calls=1+2+0"],
  ["transitions", "canary-interrupt-forgets", "S22", "transitions,cpus=1,calls=1,nmi=0"],
  ["direct map", "canary-split-unflushed", "S25", "direct-map,cpus=1,calls=3"],
  ["slots", "canary-slot-reused", "S18", "two-mms,cpus=1,calls=4"],
  ["progress", "canary-lost-wakeup", "L4", "cpus=2,pages=8,calls=2+2"],
  ["deadlock", "canary-flush-under-lock", "DEADLOCK", "cpus=2,pages=8,calls=2+2"],
];

/** Names of the areas, for the names of tests. */
export const AREAS: readonly string[] = SAMPLES.map(([area]) => area);

const found = new Map<string, Counterexample>();

/** The counterexample of an area's canary; searched for once. */
export function sampleRun(area: string): Counterexample {
  const [, design = "", claim = "", scope = ""] = SAMPLES.find(([name]) => name === area) ?? [];
  const run =
    found.get(area) ?? verifyDesign(findDesign(design), { scope: parseScope(scope) }).counterexamples.get(claim);
  if (run === undefined) throw new Error(`${design} violates ${claim} in ${scope}`);
  found.set(area, run);
  return run;
}
