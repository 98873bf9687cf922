import { expect, test } from "vitest";

import { CHARTS, eventIndex, MISSING_EDGES, stateIndex, withEdge } from "../../machines/charts.ts";
import type { ChartTable } from "../../machines/compile.ts";

/** `from → to`, self-loops left out. */
function arrows(chart: ChartTable): string[] {
  const found = chart.edges.flatMap((row) =>
    [...row].flatMap((to, from) => (to < 0 || to === from ? [] : [`${chart.states[from]} → ${chart.states[to]}`])),
  );
  return [...new Set(found)].sort();
}

test("the page chart has the edges of its contract and no other", () => {
  expect(arrows(CHARTS.page)).toEqual(
    [
      "free-unmapped → allocated-sensitive",
      "free-unmapped → allocated-nonsensitive-unmapped",
      "free-unmapped → free-mapped",
      "free-unmapped → allocated-nonsensitive",
      "free-mapped → allocated-nonsensitive",
      "free-mapped → pending-flush",
      "allocated-sensitive → free-unmapped",
      "allocated-nonsensitive → free-mapped",
      "allocated-nonsensitive → pending-flush",
      "allocated-nonsensitive → allocated-nonsensitive-unmapped",
      "allocated-nonsensitive-unmapped → allocated-nonsensitive",
      "allocated-nonsensitive-unmapped → pending-flush",
      "pending-flush → free-unmapped",
      "pending-flush → allocated-nonsensitive",
      "pending-flush → free-mapped",
      "pending-flush → allocated-nonsensitive-unmapped",
    ].sort(),
  );
});

test("a secret leaves a frame only by zeroing or by being overwritten whole", () => {
  const { content } = CHARTS;
  const secret = stateIndex(content, "secret");
  const ways = content.events.filter((_, event) => ![secret, -1].includes(content.edges[event][secret]));
  expect(ways).toEqual(["overwrite", "zero"]);
});

test("a stale translation ends only by an invalidation, executed or owed, or by a leaf that is set again", () => {
  const { translation } = CHARTS;
  const stale = stateIndex(translation, "stale");
  const ways = translation.events.filter((_, event) => ![stale, -1].includes(translation.edges[event][stale]));
  expect(ways.sort()).toEqual(["fence", "invalidate", "set"]);
});

test("an interrupt may exit from every CPU state, and never into a restricted one", () => {
  const { cpu } = CHARTS;
  const targets = [...cpu.edges[eventIndex(cpu, "exit")]].map((to) => cpu.states[to]);
  expect(new Set(targets)).toEqual(new Set(["unrestricted", "leaving"]));
});

test("every state says what is true in it", () => {
  for (const chart of Object.values(CHARTS)) {
    for (const description of chart.descriptions) expect(description).toMatch(/^[A-Z].*\.$/);
  }
});

test("each edge called missing is missing, and putting it back changes that edge alone", () => {
  expect(MISSING_EDGES.length).toBe(13);
  for (const edge of MISSING_EDGES) {
    const before = CHARTS[edge.chart];
    const after = withEdge(CHARTS, edge)[edge.chart];
    const changed = after.edges.flatMap((row, event) =>
      [...row].filter((to, from) => to !== before.edges[event][from]),
    );
    expect(changed).toEqual([stateIndex(before, edge.to)]);
    expect(() => withEdge({ ...CHARTS, [edge.chart]: after }, edge)).toThrow(/to begin with/);
  }
});
