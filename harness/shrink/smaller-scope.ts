import type { NamedAction } from "../../model/action.ts";
import { callsMade, type Draft } from "./draft.ts";
import { cpusInOrder, fewerCpus } from "./fewer-cpus.ts";
import { fewerPages } from "./fewer-pages.ts";
import { fewerCalls, fewerFlags, fewerSpaces, freshSetup, smallerWorlds } from "./scope-parts.ts";
import type { Workbench } from "./workbench.ts";

/** A smaller scope, and the run as it might go there. */
export interface ScopeChange {
  readonly scope: Draft["scope"];
  readonly actions: readonly NamedAction[];
}

/** All ways of making one part of a scope smaller, the largest change first. */
type Part = (draft: Draft, bench: Workbench) => Iterable<ScopeChange>;

/** Parts in which a run is taken along without a search: a start, before it is known how short a run can be. */
const FIRST: readonly Part[] = [fewerFlags, fewerCpus, cpusInOrder, fewerPages, fewerSpaces];
/** Another beginning makes another run the shortest: tried only on one that cannot be made shorter where it is. */
const LAST: readonly Part[] = [smallerWorlds, fewerFlags, fewerCpus, fewerCalls, fewerPages, fewerSpaces, freshSetup];

/**
 * Makes the scope smaller as long as the run violates its claim there in no more steps: flags, CPUs, pages, address spaces,
 * calls, and with `statesMax` also the set-up and the named world; then a search of so many states looks for a run where the
 * present one cannot be had.
 */
export function withSmallerScope(bench: Workbench, draft: Draft, statesMax = 0): Draft {
  let best = withCallsAsMade(bench, draft);
  for (const part of statesMax > 0 ? LAST : FIRST) {
    for (let next: Draft | undefined = best; next !== undefined; ) {
      best = withCallsAsMade(bench, next);
      next = firstThatFits(bench, best, part(best, bench), statesMax);
    }
  }
  return best;
}

function firstThatFits(
  bench: Workbench,
  draft: Draft,
  changes: Iterable<ScopeChange>,
  statesMax: number,
): Draft | undefined {
  const stepsMax = draft.actions.length;
  for (const { scope, actions } of changes) {
    const taken = bench.tried(scope, actions);
    if (taken !== undefined && taken.actions.length <= stepsMax && isWhole(bench, taken)) return taken;
    if (statesMax === 0) continue;
    const searched = bench.shortest(scope, actions, { stepsMax, statesMax });
    if (typeof searched === "object") return searched.found;
  }
  return undefined;
}

/** What else may happen in the scope can happen in it: its calls name no page that is gone. */
function isWhole(bench: Workbench, { scope, actions }: Draft): boolean {
  return bench.shortest(scope, actions, { stepsMax: actions.length, statesMax: STATES_LOOKED_AT }) !== "broken";
}

/** Enough to begin every call of a scope on every CPU. */
const STATES_LOOKED_AT = 200;

/** No more calls than are made, where a call in reserve does not matter (as it does to what may preempt a worker). */
function withCallsAsMade(bench: Workbench, draft: Draft): Draft {
  const { scope, actions } = draft;
  const made = callsMade(actions, scope.cpus);
  if (made.join() === scope.calls.join()) return draft;
  for (const spare of [0, 1]) {
    const calls = made.map((count, cpu) => Math.min(count + spare, scope.calls[cpu] ?? 0));
    const found = bench.reproduced({ ...scope, calls }, actions);
    if (found !== undefined && found.actions.length <= actions.length) return found;
  }
  return draft;
}
