import { ACTION, actionCpu, actionKind } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import { assert } from "../../model/failure.ts";
import type { FuzzCase } from "../../properties/arbitraries/fuzz-case.ts";
import { recordRun } from "../record.ts";
import { machineFor } from "../scenario.ts";
import { printScope } from "../scope.ts";
import { type Arenas, OPEN_QUOTA } from "./arena.ts";
import { runSchedule } from "./run-source.ts";

/**
 * Turns a case that violates a claim into named actions, in the closed scope in which they can be replayed: what was skipped is
 * gone, and each CPU is granted as many calls as it makes.
 */
export function recordCase(
  design: Design,
  arenas: Arenas,
  test: FuzzCase,
  claim: string,
  origin: { readonly seed: number },
): Counterexample {
  const actions = executed(arenas, test, claim);
  const scope = arenas.scopeOf(test, callsOf(actions, test));
  const machine = machineFor(design, scope, arenas.menuOf(test));
  return recordRun(machine, actions, claim, {
    scope: printScope(scope),
    engine: "fuzz",
    minimality: "locally minimal",
    seed: origin.seed,
  });
}

/** The actions of the run up to the violation. */
function executed(arenas: Arenas, test: FuzzCase, claim: string): number[] {
  const arena = arenas.at(test);
  const bit = arena.judge.claims.findIndex(({ id }) => id === claim);
  const actions: number[] = [];
  let violated = false;
  const note = (mask: number): boolean => {
    violated = ((mask >>> bit) & 1) === 1;
    return !violated;
  };
  runSchedule(arena, test.schedule, note, { action: (action) => actions.push(action) });
  assert(violated, "a shrunk case still violates its claim");
  return actions;
}

function callsOf(actions: readonly number[], { world }: FuzzCase): number[] {
  const calls = new Array<number>(world.cpus).fill(0);
  for (const action of actions) {
    const kind = actionKind(action);
    const isCall = kind === ACTION.alloc || kind === ACTION.free || kind === ACTION.drain || kind === ACTION.call;
    if (!isCall && kind !== ACTION.irqAlloc && kind !== ACTION.irqFree) continue;
    calls[actionCpu(action)] = (calls[actionCpu(action)] ?? 0) + 1;
  }
  // A call in reserve where a worker can be preempted in favour of one that has not begun.
  return calls.map((count) => Math.min(OPEN_QUOTA, count + (world.preempt ? 1 : 0)));
}
