import { expect, test } from "vitest";
import { explore } from "../../harness/exploration.ts";
import { findDesign } from "../../harness/find-design.ts";
import { parseScope } from "../../harness/scope.ts";
import { type StoredExploration, storedExplorations } from "../../tools/exploration-table.ts";

/** One test for each stored row that is chosen: its world is explored again, and has the stored counts and verdicts. */
export function exploredAgain(chosen: (row: StoredExploration) => boolean): void {
  for (const row of storedExplorations().filter(chosen)) {
    const { design, scope, states, violated } = row;
    const what = violated.length === 0 ? "keeps every claim" : `breaks ${violated.join(" ")}`;
    test(`${design} ${what} in ${scope}, in ${states.toLocaleString("en")} states`, () => {
      const { words: _, ...found } = explore(findDesign(design), parseScope(scope), { maxStates: 31_000_000 });
      expect({ design, scope, ...found }).toEqual(row);
    });
  }
}
