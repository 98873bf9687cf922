import { compile } from "../../machines/compile.ts";
import { assert } from "../../model/failure.ts";

/** What an outsider sees, and the states of a chart that look so. */
export type Looks = Readonly<Record<string, readonly string[]>>;

/**
 * Which looks may follow which in one step: some state that looks like the first has an edge to one that looks like the
 * second. Derived from the chart, never listed.
 *
 * - **Shapes, units**: 1 or 0 at `before * n + after`; a look without states (nothing in the chart looks so) follows nothing.
 */
export function lookTable(machine: Parameters<typeof compile>[0], names: readonly string[], looks: Looks): Uint8Array {
  const chart = compile(machine);
  const statesOf = names.map((name) => (looks[name] ?? []).map((state) => chart.states.indexOf(state)));
  assert(
    statesOf.every((states) => states.every((state) => state >= 0)),
    `looks of ${chart.name} name its states`,
  );
  const table = new Uint8Array(names.length * names.length);
  statesOf.forEach((from, before) => {
    statesOf.forEach((to, after) => {
      const stays = before === after && from.length > 0;
      const moves = from.some((state) => chart.edges.some((edge) => to.includes(edge[state] as number)));
      if (stays || moves) table[before * names.length + after] = 1;
    });
  });
  return table;
}
