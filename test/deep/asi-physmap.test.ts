import { expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { lazySkipped, splitUnlocked, upperEntry, zeroPageDropped } from "../../impl/designs/canaries/maps.ts";
import { makeMapProbe } from "../../impl/designs/map-probe/design.ts";
import {
  inStepProbe,
  ON_DEMAND,
  onDemandProbe,
  splitProbe,
  zeroPageProbe,
} from "../../impl/designs/map-probe/strategies.ts";
import type { Design } from "../../model/design.ts";

/** canary-freed-tables-lazy put right: by generations, with a flush of freed tables that reaches lazy CPUs. */
const lazyReached = makeMapProbe({
  ...ON_DEMAND,
  id: "map-probe-lazy-reached",
  title: "tables on demand, by generations",
  summary: "Transitions flush when a generation says so; the flush for a freed table interrupts lazy CPUs too.",
  transitions: "generations",
  tableShootdown: ipiShootdown(),
});

function verify(design: Design, scope: string, stopAt?: readonly string[]) {
  return verifyDesign(design, { scope: parseScope(scope), ...(stopAt === undefined ? {} : { stopAt }) });
}

test.each([
  ["map-probe-split in split", splitProbe, "split", 113_210],
  ["map-probe-in-step in split", inStepProbe, "split", 175_312],
  ["map-probe-on-demand in tables,calls=6", onDemandProbe, "tables,calls=6", 32_818],
  ["map-probe-on-demand in tables-lazy", onDemandProbe, "tables-lazy", 53_407],
  ["map-probe-lazy-reached in tables-lazy", lazyReached, "tables-lazy", 59_033],
  ["map-probe-zero-page in zero-page", zeroPageProbe, "zero-page", 313_272],
] as const)("%s keeps every claim, exhaustively", (_name, design, scope, states) => {
  const { evidence } = verify(design, scope);
  expect([...evidence].filter(([, { verdict }]) => verdict !== "holds")).toEqual([]);
  expect([...evidence.values()][0]?.states).toBe(states);
});

test("S1 canary-zero-page-dropped › another mm's stale user mapping reads the next owner's secret, in 6 events on 2 CPUs", () => {
  const found = verify(zeroPageDropped, "zero-page", ["S1"]).counterexamples.get("S1");
  expect(found?.events).toBe(6);
  expect(new Set(found?.steps.map(({ action }) => action.cpu)).size).toBe(2);
});

test("S3 canary-upper-entry › on one CPU, 7 events lead to a secret under a leaf that one INVLPG did not reach", () => {
  const found = verify(upperEntry, "tables,calls=7", ["S3"]).counterexamples.get("S3");
  expect(found?.events).toBe(7);
  expect(new Set(found?.steps.map(({ action }) => action.cpu)).size).toBe(1);
});

test("S24 canary-freed-tables-lazy › a lazy CPU's table is freed under it, in 5 events on 2 CPUs", () => {
  const { counterexamples } = verify(lazySkipped, "tables-lazy", ["S24"]);
  const found = counterexamples.get("S24");
  expect(found?.events).toBe(5);
  expect(new Set(found?.steps.map(({ action }) => action.cpu)).size).toBe(2);
});

test("S2 canary-split-unlocked › small leaves are stored over a block that became sensitive, in 8 events on 2 CPUs", () => {
  const found = verify(splitUnlocked, "split,setup=flipped,calls=1+1", ["S2"]).counterexamples.get("S2");
  expect(found?.events).toBe(8);
  expect(new Set(found?.steps.map(({ action }) => action.cpu)).size).toBe(2);
});
