import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DESIGNS } from "../../impl/designs/registry.ts";
import { check, declaredBreaks, exitOfOutcome, findBudget } from "../../index.ts";
import { verdictTable } from "../../tools/verdict-table.ts";

test("the suite exits 0: every verdict is as declared, nothing is vacuous, every step ran, and the README's table is true", async () => {
  const outcome = await check({ designs: DESIGNS, suite: true, budget: findBudget("quick"), seed: 1 });
  expect(outcome.gate).toEqual([]);
  expect(outcome.notes).toEqual([]);
  expect(
    exitOfOutcome(outcome, { suite: true, gated: true, requireComplete: true, breaks: declaredBreaks(DESIGNS) }),
  ).toBe(0);
  expect(verdictTable(outcome)).toEqual(JSON.parse(readFileSync("docs/results.json", "utf8")));
}, 180_000);
