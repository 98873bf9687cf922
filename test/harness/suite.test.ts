import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DESIGNS } from "../../impl/designs/registry.ts";
import { check, declaredBreaks, exitOfOutcome, findBudget } from "../../index.ts";
import { type VerdictTable, verdictTable } from "../../tools/verdict-table.ts";

/** One that promises and one that is broken: `npm run results -- --check`, which CI runs, does the same with every design. */
const PLAIN = DESIGNS.filter(({ id }) => ["no-asi", "canary-two-lists"].includes(id));

test("a suite exits 0: every verdict is as declared, nothing is vacuous, every step ran, and the tables are true", async () => {
  const outcome = await check({ designs: PLAIN, suite: true, budget: findBudget("quick"), seed: 1 });
  expect(outcome.gate).toEqual([]);
  expect(outcome.notes).toEqual([]);
  expect(
    exitOfOutcome(outcome, { suite: true, gated: true, requireComplete: true, breaks: declaredBreaks(PLAIN) }),
  ).toBe(0);
  const stored = JSON.parse(readFileSync("docs/results.json", "utf8")) as VerdictTable;
  const ids = new Set(["specification", ...PLAIN.map(({ id }) => id)]);
  expect(verdictTable(outcome)).toEqual({ designs: stored.designs.filter(({ id }) => ids.has(id)) });
}, 180_000);
