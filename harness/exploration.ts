import { search } from "../checker/search.ts";
import type { Design } from "../model/design.ts";
import { claimGroups } from "./judge.ts";
import { machineFor } from "./scenario.ts";
import type { Scope } from "./scope.ts";
import { SearchSystem } from "./search-system.ts";

/** What an exploration found: counts that the same code always repeats. */
export interface Explored {
  readonly states: number;
  readonly transitions: number;
  readonly levels: number;
  /** Every reachable state was expanded. */
  readonly complete: boolean;
  /** Claims judged in each of them. */
  readonly claims: number;
  readonly violated: readonly string[];
  /** 32-bit words of one state. */
  readonly words: number;
}

interface ExploreOptions {
  readonly maxStates?: number;
  readonly onProgress?: (line: string) => void;
}

/**
 * Explores a design in a closed scenario state by state, reductions off: the size of the world, and what is wrong in it.
 *
 * - **Cost**: one search for each group of claims that a mask can hold; the counts of all of them are the same.
 * - **Errors**: `InputError` for a scope that the design cannot run in.
 */
export function explore(design: Design, scope: Scope, options: ExploreOptions = {}): Explored {
  const runs = claimGroups(machineFor(design, scope)).map((group) => {
    const system = new SearchSystem(machineFor(design, scope), (claim) => group.includes(claim));
    const result = search(system, {
      ...(options.maxStates === undefined ? {} : { maxStates: options.maxStates }),
      onLevel: ({ states, depth, frontier }) => {
        options.onProgress?.(`${design.id}: ${states} states, level ${depth}, ${frontier} waiting`);
        return true;
      },
    });
    const violated = result.violations.flatMap((found) => (found === undefined ? [] : [found.label]));
    return { result, violated, labels: system.labels, words: system.words };
  });
  const [first] = runs;
  if (first === undefined) throw new Error("a machine has a group of claims, be it an empty one");
  const { states, transitions, levels } = first.result;
  return {
    states,
    transitions,
    levels,
    complete: runs.every(({ result }) => result.complete),
    claims: new Set(runs.flatMap(({ labels }) => labels)).size,
    violated: [...new Set(runs.flatMap(({ violated }) => violated))],
    words: first.words,
  };
}
