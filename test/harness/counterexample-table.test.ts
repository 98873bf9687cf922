import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import { counterexampleRow } from "../../tools/counterexample-row.ts";
import type { CounterexampleRow, CounterexampleTable } from "../../tools/counterexample-table.ts";

const { rows } = JSON.parse(readFileSync("docs/counterexamples.json", "utf8")) as CounterexampleTable;

/** Of several worlds, quick to find. */
const AGAIN = ["canary-two-lists", "canary-reserve-forgets-label", "canary-slot-reused", "canary-flush-then-clear"];

describe("docs/counterexamples.json", () => {
  it("has a row for every canary, each found by a random run", () => {
    expect(rows.map(({ design }) => design)).toEqual(DESIGNS.filter(({ canary }) => canary).map(({ id }) => id));
    expect(rows.filter(({ after }) => after === undefined)).toEqual([]);
  });

  it("has a median of at most 1.2 times the breadth-first optimum, and of less than a second", () => {
    const ratios = rows.map(({ after, optimum }) => (after?.steps ?? Number.NaN) / (optimum?.steps ?? Number.NaN));
    const seconds = rows.map((row) => (row.seconds?.find ?? Number.NaN) + (row.seconds?.shrink ?? Number.NaN));
    expect(median(ratios)).toBeLessThanOrEqual(1.2);
    expect(median(seconds)).toBeLessThan(1);
  });

  it("has no run that shrinking made longer, and only proven ones", () => {
    expect(rows.filter(({ before, after }) => (after?.steps ?? 0) > (before?.steps ?? 0))).toEqual([]);
    expect(rows.filter(({ proven }) => proven !== true)).toEqual([]);
  });

  it.each(AGAIN)("says of %s what shrinking comes to now", (id) => {
    const stored = rows.find(({ design }) => design === id);
    const again = counterexampleRow(findDesign(id), stored?.claim ?? "", { times: 1, optimumStates: 0 });
    expect(result(again)).toEqual(stored === undefined ? undefined : result(stored));
  });
});

/** What a row says of the small run; which run was the first to fail is for the whole table's check. */
function result({ after, scope, proven }: CounterexampleRow): Partial<CounterexampleRow> {
  return { ...(after && { after }), ...(scope && { scope }), ...(proven !== undefined && { proven }) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
