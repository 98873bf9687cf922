import { describe, expect, test } from "vitest";
import { explore } from "../../harness/exploration.ts";
import { findDesign } from "../../harness/find-design.ts";
import { parseScope } from "../../harness/scope.ts";
import { isExplored, LARGER_ROWS, standardRows } from "../../tools/exploration-rows.ts";
import { sameRow, storedExplorations } from "../../tools/exploration-table.ts";

const STORED = storedExplorations();

/** Of proposals, in small worlds: 210,000 states in all. The others are explored again by `npm run deep`. */
const SMALL = STORED.filter(({ design, states }) => states <= 80_000 && findDesign(design).probe !== true);

describe("docs/exploration.json", () => {
  test("has every row of the tables, each explored to completion, within 3·10^7 states", () => {
    const rows = [...standardRows().filter(isExplored), ...LARGER_ROWS];
    expect(rows.filter((row) => !STORED.some((known) => sameRow(known, row)))).toEqual([]);
    expect(STORED.filter(({ complete, states }) => !complete || states > 3e7)).toEqual([]);
  });

  test("has no violation that the design does not say it leaves out", () => {
    const violated = STORED.filter((row) => row.violated.length > 0);
    expect(violated.map(({ design, scope, violated: ids }) => `${design} ${scope} ${ids.join(" ")}`)).toEqual([
      "asi-probe irq,calls=2+2 S17",
      "asi-probe-generations irq,calls=2+2 S17",
    ]);
  });

  test.each(SMALL)("says of $design in $scope what an exploration finds: $states states", (row) => {
    const { design, scope } = row;
    const { words: _, ...found } = explore(findDesign(design), parseScope(scope));
    expect({ design, scope, ...found }).toEqual(row);
  });
});
