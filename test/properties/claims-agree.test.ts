import { describe, expect, test } from "vitest";

import { Judge } from "../../harness/judge.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";
import { MIXED_MENU, walk, walkMachine } from "./random-walk.ts";

const SCOPES = [
  { scope: "cpus=2,pages=8", pairs: 2_000 },
  { scope: "cpus=3,pages=24,irq=1,preempt=1", pairs: 2_000 },
  { scope: "cpus=2,pages=64,geometry=medium", pairs: 2_000 },
  { scope: "cpus=2,pages=8,modes=1", pairs: 2_000 },
] as const;

/**
 * A claim already violated may be seen again by the full form in later states, which still look at the bad page, and not by the
 * incremental one; so the two are compared for each claim up to and including its first violation.
 */
const PLAIN = DESIGNS.filter(({ canary, probe, worlds }) => worlds === undefined || (!canary && probe !== true));
/** In worlds with address spaces and labels: every probe, and every eighth of what is registered. */
const IN_WORLDS = DESIGNS.filter(
  ({ probe, worlds }, index) => probe === true || (worlds !== undefined && index % 8 === 0),
);

describe.each(IN_WORLDS.map((design) => [design.id, design] as const))("%s", (_id, design) => {
  test("the full and the incremental form of every claim agree after every step in its worlds", () => {
    for (const scope of design.worlds?.slice(0, 3) ?? []) compare(design, { scope }, 1, 600);
  });
});

describe.each(PLAIN.map((design) => [design.id, design] as const))("%s", (_id, design) => {
  for (const translations of ["may-hold", "epochs"] as const) {
    if (translations === "epochs" && design.protectedMap === "none") continue;
    test(`the full and the incremental form of every claim agree after every step (${translations})`, () => {
      for (const { scope, pairs } of SCOPES) {
        for (let seed = 1; seed <= 2; seed++) compare(design, { scope, translations, menu: MIXED_MENU }, seed, pairs);
      }
    });
  }
});

function compare(design: Design, world: Parameters<typeof walkMachine>[1], seed: number, pairs: number): void {
  const machine = walkMachine(design, world);
  const full = new Judge(machine, "full");
  const run = new Judge(machine, "run");
  full.load();
  run.load();
  let open = -1;
  let ended = false;
  const tried = walk(machine, seed, pairs, (action) => {
    machine.clearStep();
    if (!machine.perform(action)) return true;
    const [whole, part] = [full.afterStep(), run.afterStep()];
    if (((whole ^ part) & open) !== 0) {
      const wrong = run.claims.filter((_claim, bit) => (((whole ^ part) & open) >>> bit) & 1).map(({ id }) => id);
      expect.fail(`${world.scope} seed ${seed}: ${wrong.join()} full ${whole.toString(2)} run ${part.toString(2)}`);
    }
    open &= ~whole;
    full.load();
    run.commit();
    ended = (whole & run.terminalMask) !== 0;
    return !ended;
  });
  // Only a violation that ends every search may cut a walk short.
  expect(ended ? pairs : tried).toBeGreaterThan(pairs / 4);
}
