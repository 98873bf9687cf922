import { expect, test } from "vitest";
import { exitOfOutcome } from "../../harness/expectation.ts";
import { fuzz } from "../../harness/fuzz/fuzz.ts";
import { differences } from "../../harness/same-twice.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import type { Design } from "../../model/design.ts";
import { EXIT } from "../../model/verdict.ts";

const SCOPE = parseScope("cpus=2,pages=8,calls=2+1");

/** A design that counts, outside its columns, how often it was asked whether its worker is wanted. */
function forgetful(): Design {
  let asked = 0;
  const workers = asyncFree.workers.map((worker) => ({
    ...worker,
    wanted: (...about: Parameters<typeof worker.wanted>): boolean => asked++ < 300 && worker.wanted(...about),
  }));
  return { ...asyncFree, workers };
}

function run(design: Design) {
  return verifyDesign(design, { scope: SCOPE, digests: true });
}

test("a design whose state is all in columns gives the same states twice, level by level", () => {
  const first = run(asyncFree);
  expect(first.chapters?.length).toBeGreaterThan(20);
  expect(differences([first], [run(asyncFree)])).toEqual([]);
});

test("a design that remembers in a closure is told by the first level whose states differ", () => {
  const design = forgetful();
  const found = differences([run(design)], [run(design)]);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^search of cpus=2,.*: the states of level \d+ are [0-9a-f]{16} and then [0-9a-f]{16}$/);
});

test("an outcome with a difference exits 21, before any verdict", () => {
  const outcome = { results: [], counterexamples: [], notes: [], gate: [], nondeterminism: ["x"], interrupted: false };
  const policy = { suite: false, gated: true, requireComplete: false, breaks: () => new Set<string>() };
  expect(exitOfOutcome(outcome, policy)).toBe(EXIT.nondeterminism);
});

test("a campaign has a chapter for each run, and the second is held against the first", () => {
  const campaign = (design: Design) => fuzz(design, { runs: 4, steps: 300, seed: 1, digests: true });
  expect(campaign(asyncFree).chapters?.map(({ name }) => name)).toEqual(["run 1", "run 2", "run 3", "run 4"]);
  expect(differences([campaign(asyncFree)], [campaign(asyncFree)])).toEqual([]);
  const design = forgetful();
  expect(differences([campaign(design)], [campaign(design)])[0]).toMatch(
    /^fuzz of random worlds.*: the states of run 1 /,
  );
});
