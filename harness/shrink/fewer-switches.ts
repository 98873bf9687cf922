import type { NamedAction } from "../../model/action.ts";
import { actorOf } from "../record.ts";
import { type Draft, isSmaller } from "./draft.ts";
import { stretchesOf } from "./fewer-actions.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Brings together what one actor, or one CPU, does: a later stretch of it right after an earlier one, or the earlier one right
 * before the later, as long as the claim is violated in no more steps.
 *
 * - **Cost**: at most two attempts for each pair of stretches, and again after each success.
 */
export function withFewerSwitches(bench: Workbench, draft: Draft): Draft {
  let best = draft;
  for (let next: Draft | undefined = best; next !== undefined; ) {
    best = next;
    next = firstSmaller(bench, best);
  }
  return best;
}

function firstSmaller(bench: Workbench, draft: Draft): Draft | undefined {
  for (const candidate of rearranged(draft.actions)) {
    const found = bench.tried(draft.scope, candidate);
    if (found !== undefined && isSmaller(found.actions, draft.actions)) return found;
  }
  return undefined;
}

function* rearranged(actions: readonly NamedAction[]): Generator<readonly NamedAction[]> {
  const stretches = stretchesOf(actions).map((piece) => piece.actions);
  for (const sameActor of [true, false]) {
    for (let early = 0; early < stretches.length; early++) {
      for (let late = early + 2; late < stretches.length; late++) {
        if (!areAlike(stretches[early], stretches[late], sameActor)) continue;
        yield moved(stretches, late, early + 1).flat();
        yield moved(stretches, early, late - 1).flat();
        break;
      }
    }
  }
}

function areAlike(a: readonly NamedAction[] = [], b: readonly NamedAction[] = [], sameActor: boolean): boolean {
  const [first, other] = [a[0], b[0]];
  if (first === undefined || other === undefined) return false;
  return sameActor ? actorOf(first) !== undefined && actorOf(first) === actorOf(other) : first.cpu === other.cpu;
}

/** The list with the entry at `from` standing at `to` instead. */
function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, at) => at !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
}
