import type { Draft } from "./draft.ts";
import type { Workbench } from "./workbench.ts";

/** Searches that one run is worth: enough for every way to spread up to three calls over three CPUs. */
const SEARCHES_MAX = 20;

/**
 * For a run whose scope is too large to be searched: looks for a shorter one with one call, then with two, spread over the CPUs in
 * every way, up to as many as the run makes. A scope of few calls has few states however long the run was.
 *
 * - **Shapes, units**: answers the given draft itself when there is none, or none within the limits; what it finds is a shortest run
 *   of its scope.
 * - **Cost**: at most `SEARCHES_MAX` searches of `statesMax` states; small quotas take far fewer.
 */
export function withFewestCalls(bench: Workbench, draft: Draft, statesMax: number): Draft {
  const stepsMax = draft.actions.length - 1;
  let searches = 0;
  for (const calls of quotasBelow(draft.scope.calls)) {
    if (++searches > SEARCHES_MAX) break;
    const scope = { ...draft.scope, calls };
    const searched = bench.shortest(scope, draft.actions, { stepsMax, statesMax });
    if (typeof searched === "object") return searched.found;
  }
  return draft;
}

/** Quotas of which none is larger, by their sum. */
function quotasBelow(calls: readonly number[]): number[][] {
  const total = calls.reduce((sum, count) => sum + count, 0);
  const quotas: number[][] = [];
  for (let sum = 1; sum < total && quotas.length < SEARCHES_MAX; sum++) quotas.push(...spread(sum, calls));
  return quotas;
}

/** Every way to spread `sum` calls over CPUs that make at most so many, the first CPU having most. */
function spread(sum: number, [first, ...rest]: readonly number[]): number[][] {
  if (first === undefined) return sum === 0 ? [[]] : [];
  const ways: number[][] = [];
  for (let here = Math.min(first, sum); here >= 0; here--) {
    for (const others of spread(sum - here, rest)) ways.push([here, ...others]);
  }
  return ways;
}
